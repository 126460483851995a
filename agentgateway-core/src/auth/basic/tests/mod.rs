mod checks;
mod files;
mod hashes;
