"""Where answers come from: an OpenAI-compatible API, a local llama.cpp model in a child process, or a replay file."""
