//! MCP (Model Context Protocol): a tower layer and codecs.
