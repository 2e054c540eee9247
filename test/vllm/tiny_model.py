"""Makes TINY, a random two-layer Llama for tests: `python tiny_model.py DIRECTORY [SEED]`.

Its weights mean nothing, but they are the same every time for one seed, its tokenizer is a real byte-level BPE, and its chat
template has special tokens and tools, so a server treats it as it treats any other model. About 400 KB, made in 8 s.
"""

import sys

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

POSITIONS = 16384
SPECIAL = ["<|begin|>", "<|system|>", "<|user|>", "<|assistant|>", "<|tool|>", "<|end|>"]
TEXT = [
    "The quick brown fox jumps over the lazy dog, and the context window is kept under the ice.",
    "A frozen window thaws with the same tokens, the same salt and the same blocks of the cache.",
]

# Tools come first and in one line each; the reasoning of earlier turns is left out, as many templates do it.
TEMPLATE = (
    "<|begin|>"
    "{% if tools %}<|tool|>{% for tool in tools %}{{ tool | tojson }}\n{% endfor %}<|end|>{% endif %}"
    "{% for message in messages %}"
    "<|{{ message['role'] }}|>"
    "{% if message['content'] is string %}{{ message['content'] }}{% endif %}"
    "{% for call in message.get('tool_calls') or [] %}{{ call['function'] | tojson }}{% endfor %}"
    "<|end|>"
    "{% endfor %}"
    "{% if note is defined %}<|system|>{{ note }}<|end|>{% endif %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def make_tokenizer() -> PreTrainedTokenizerFast:
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=384,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(TEXT, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe,
        bos_token="<|begin|>",
        eos_token="<|end|>",
        pad_token="<|end|>",
        additional_special_tokens=SPECIAL[1:5],
        chat_template=TEMPLATE,
        model_max_length=POSITIONS,
        clean_up_tokenization_spaces=False,
    )


def make_model(tokenizer: PreTrainedTokenizerFast, seed: int) -> LlamaForCausalLM:
    torch.manual_seed(seed)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=128,
            intermediate_size=256,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=1,
            head_dim=64,
            max_position_embeddings=POSITIONS,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
            # Random weights as small as a trained model's first ones make all tokens equally likely; larger
            # ones give the next token's log-probabilities something to say.
            initializer_range=0.2,
            tie_word_embeddings=False,
        )
    )


def main(directory: str, seed: str = "20") -> None:
    tokenizer = make_tokenizer()
    make_model(tokenizer, int(seed)).save_pretrained(directory)
    tokenizer.save_pretrained(directory)


if __name__ == "__main__":
    main(*sys.argv[1:])
