//! What the agentgateway protocol layers share.
#![cfg_attr(docsrs, feature(doc_cfg))]
