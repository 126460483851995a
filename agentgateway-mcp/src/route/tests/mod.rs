mod calls;
mod listening;
mod lists;
mod support;
