mod calls;
mod lists;
mod support;
