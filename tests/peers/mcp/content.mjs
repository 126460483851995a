// The pieces of content that tools and prompts of the MCP peers answer with.

/** A PNG of one red pixel. */
export const IMAGE = {
  type: "image",
  data: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==",
  mimeType: "image/png",
};

/** A WAV of one sample. */
export const AUDIO = {
  type: "audio",
  data: "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=",
  mimeType: "audio/wav",
};

export const text = (text) => ({ type: "text", text });

export const embedded = (uri, mimeType, text) => ({
  type: "resource",
  resource: { uri, mimeType, text },
});

/** The result of a tool. */
export const said = (...content) => ({ content });

/** A message of a prompt. */
export const user = (content) => ({ role: "user", content });
