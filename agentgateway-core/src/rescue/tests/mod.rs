mod bounds;
mod ends;
mod messages;
mod passing;
mod silence;
