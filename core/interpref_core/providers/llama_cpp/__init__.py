"""What runs in the child process of `llama_cpp/`: loading, decoding several calls together, embedding."""
