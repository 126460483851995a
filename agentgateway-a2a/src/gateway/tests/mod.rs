mod building;
mod cards;
mod documents;
mod exposed;
mod routing;
mod support;
