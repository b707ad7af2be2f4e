"""A real GGUF model of random weights, half a megabyte: it loads in milliseconds, talks nonsense, and obeys grammars.

A larger one (`MEDIUM`, 39 MB) for benchmarks, where reading prompts takes most of the time as in models of use.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Shape:
    """How large a model is; with `half`, its large weights have 16 bits."""

    layers: int
    width: int
    heads: int
    kv_heads: int
    inner: int
    half: bool = False


TINY = Shape(2, 64, 4, 2, 128)
MEDIUM = Shape(2, 256, 4, 2, 12288, half=True)  # its layers are to its attention what they are in a model of 7 billion
WIDTH = TINY.width

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


def write_tiny_gguf(
    path: Path, *, seed: int = 0, context: int = 4096, template: str | None = CHATML, shape: Shape = TINY
) -> Path:
    """Write the model: llama architecture, byte-level gpt2 tokens, `context` tokens trained on, same seed same file."""
    import gguf

    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_name("tiny random model")
    writer.add_block_count(shape.layers)
    writer.add_context_length(context)
    writer.add_embedding_length(shape.width)
    writer.add_feed_forward_length(shape.inner)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_rope_dimension_count(shape.width // shape.heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16 if shape.half else gguf.LlamaFileType.ALL_F32)
    count = _add_tokens(writer, gguf)
    if template is not None:
        writer.add_chat_template(template)
    _add_weights(writer, count, seed, shape)
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


def _add_weights(writer: Any, vocabulary: int, seed: int, shape: Shape) -> None:
    import numpy as np

    random = np.random.default_rng(seed)
    width, inner = shape.width, shape.inner
    scale = 0.1 * (TINY.width / width) ** 0.5
    kind = np.float16 if shape.half else np.float32

    def weights(*size: int) -> Any:
        return (random.standard_normal(size) * scale).astype(np.float32)

    embeddings, output = _speech(weights(vocabulary, width), weights(vocabulary, width) * 0.5)
    narrow = width // shape.heads * shape.kv_heads
    shapes = {
        "attn_q": (width, width),
        "attn_k": (narrow, width),
        "attn_v": (narrow, width),
        "attn_output": (width, width),
        "ffn_gate": (inner, width),
        "ffn_up": (inner, width),
        "ffn_down": (width, inner),
    }
    norm = np.ones(width, dtype=np.float32)
    writer.add_tensor("token_embd.weight", embeddings)
    writer.add_tensor("output_norm.weight", norm)
    writer.add_tensor("output.weight", output)
    for layer in range(shape.layers):
        writer.add_tensor(f"blk.{layer}.attn_norm.weight", norm)
        writer.add_tensor(f"blk.{layer}.ffn_norm.weight", norm)
        for name, size in shapes.items():
            quiet = 0.15 if name in ("attn_output", "ffn_down") else 1.0  # what a layer adds to a token's own meaning
            writer.add_tensor(f"blk.{layer}.{name}.weight", (weights(*size) * np.float32(quiet)).astype(kind))


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
