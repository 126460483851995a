mod asking;
mod turns;
