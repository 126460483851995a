mod earlier;
#[cfg(feature = "federation")]
mod federated;
