mod bounds;
mod ends;
mod passing;
