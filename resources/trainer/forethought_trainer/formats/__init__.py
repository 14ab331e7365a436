"""Model files: Hugging Face folders, GGUF, PEFT adapters; read, merged and written a block of rows at a time. No JAX."""
