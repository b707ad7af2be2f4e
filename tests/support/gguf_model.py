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

    def weights(*shape: int) -> Any:
        return (random.standard_normal(shape) * 0.1).astype(np.float32)

    embeddings, output = _speech(weights(vocabulary, WIDTH), weights(vocabulary, WIDTH) * 0.5)
    narrow = WIDTH // HEADS * KV_HEADS
    shapes = {
        "attn_q": (WIDTH, WIDTH),
        "attn_k": (narrow, WIDTH),
        "attn_v": (narrow, WIDTH),
        "attn_output": (WIDTH, WIDTH),
        "ffn_gate": (INNER, WIDTH),
        "ffn_up": (INNER, WIDTH),
        "ffn_down": (WIDTH, INNER),
    }
    norm = np.ones(WIDTH, dtype=np.float32)
    writer.add_tensor("token_embd.weight", embeddings)
    writer.add_tensor("output_norm.weight", norm)
    writer.add_tensor("output.weight", output)
    for layer in range(LAYERS):
        writer.add_tensor(f"blk.{layer}.attn_norm.weight", norm)
        writer.add_tensor(f"blk.{layer}.ffn_norm.weight", norm)
        for name, shape in shapes.items():
            quiet = 0.15 if name in ("attn_output", "ffn_down") else 1.0  # what a layer adds to a token's own meaning
            writer.add_tensor(f"blk.{layer}.{name}.weight", weights(*shape) * np.float32(quiet))


def _speech(embeddings: Any, output: Any) -> tuple[Any, Any]:
    """Make the nonsense end: letters lead to the next letter, and some letters to the end of the text or JSON string.

    All tokens share a first component, which the output reads as a liking for letters; what else is random stays, so
    that the answer depends on the prompt.
    """
    letters = [i for i, token in enumerate(byte_characters()) if token in "abcdefghijklmnopqrstuvwxyz"]
    quote, end = byte_characters().index('"'), len(embeddings) - 1
    embeddings[:, 0] = 0.8
    output[letters, 0] += 0.4
    for here, after in zip(letters, letters[1:] + letters[:1], strict=True):
        direction = embeddings[here].copy()
        direction[0] = 0.0
        direction /= (direction**2).sum() ** 0.5
        output[after] += 0.9 * direction
        if (here - letters[0]) % 7 == 6:
            output[end] += 1.6 * direction
            output[quote] += 1.4 * direction
    return embeddings, output
