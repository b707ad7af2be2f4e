"""A real GGUF model of random weights, half a megabyte: it loads in milliseconds, talks nonsense, and obeys grammars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

LAYERS, WIDTH, HEADS, KV_HEADS, INNER = 2, 64, 4, 2, 128

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def byte_characters() -> list[str]:
    """The printable character that byte-level BPE writes for each of the 256 bytes."""
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    names, spare = {byte: chr(byte) for byte in plain}, 256
    for byte in range(256):
        if byte not in names:
            names[byte] = chr(spare)
            spare += 1
    return [names[byte] for byte in range(256)]


def write_tiny_gguf(path: Path, *, seed: int = 0, context: int = 4096, template: str | None = CHATML) -> Path:
    """Write the model: llama architecture, byte-level gpt2 tokens, `context` tokens trained on, same seed same file."""
    import gguf

    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_name("tiny random model")
    writer.add_block_count(LAYERS)
    writer.add_context_length(context)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    count = _add_tokens(writer, gguf)
    if template is not None:
        writer.add_chat_template(template)
    _add_weights(writer, count, seed)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_tokens(writer: Any, gguf: Any) -> int:
    normal, control = gguf.TokenType.NORMAL, gguf.TokenType.CONTROL
    tokens = [*byte_characters(), "th", "in"]
    types = [normal] * len(tokens)
    specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens + specials)
    writer.add_token_types(types + [control] * len(specials))
    writer.add_token_merges(["t h", "i n"])
    writer.add_bos_token_id(len(tokens))
    writer.add_eos_token_id(len(tokens) + 2)
    writer.add_add_bos_token(False)
    return len(tokens) + len(specials)


def _add_weights(writer: Any, vocabulary: int, seed: int) -> None:
    import numpy as np

    random = np.random.default_rng(seed)

    def add(name: str, *shape: int, first: Any = 0.0) -> None:
        weights = (random.standard_normal(shape) * 0.1).astype(np.float32)
        weights[:, 0] += first
        writer.add_tensor(name, weights)

    def ones(name: str) -> None:
        writer.add_tensor(name, np.ones(WIDTH, dtype=np.float32))

    narrow = WIDTH // HEADS * KV_HEADS
    # Every token carries the same first component, and the output reads it as a liking for letters, for the quote that
    # ends a JSON string, and for stopping: nonsense that comes to an end.
    liked = np.zeros(vocabulary, dtype=np.float32)
    liked[[i for i, token in enumerate(byte_characters()) if token in "abcdefghijklmnopqrstuvwxyz Ġ"]] = 0.25
    liked[byte_characters().index('"')] = 0.35
    liked[-1] = 0.35
    add("token_embd.weight", vocabulary, WIDTH, first=0.8)
    ones("output_norm.weight")
    add("output.weight", vocabulary, WIDTH, first=liked)
    for layer in range(LAYERS):
        block = f"blk.{layer}."
        ones(block + "attn_norm.weight")
        ones(block + "ffn_norm.weight")
        add(block + "attn_q.weight", WIDTH, WIDTH)
        add(block + "attn_k.weight", narrow, WIDTH)
        add(block + "attn_v.weight", narrow, WIDTH)
        add(block + "attn_output.weight", WIDTH, WIDTH)
        add(block + "ffn_gate.weight", INNER, WIDTH)
        add(block + "ffn_up.weight", INNER, WIDTH)
        add(block + "ffn_down.weight", WIDTH, INNER)
