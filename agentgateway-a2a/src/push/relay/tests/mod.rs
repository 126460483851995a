mod deliveries;
mod limits;
mod registrations;
mod support;
