"""What the operating system is asked for: files, folders, threads, memory."""
