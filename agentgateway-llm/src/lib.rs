//! LLM APIs (OpenAI, Anthropic, Gemini): a tower layer and codecs.
