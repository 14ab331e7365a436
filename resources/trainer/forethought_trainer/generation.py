"""Completions of a model for many prompts, in batches of one shape, by Tunix's sampler.

GRPO samples through Tunix's cluster; everything else that needs completions comes through here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flax import nnx

from forethought_trainer.completion import Completion
from forethought_trainer.data import sampling_seed
from forethought_trainer.needed_logits import logits_at_end
from forethought_trainer.policy import Policy
from forethought_trainer.sampler import CacheConfig, Sampler
from forethought_trainer.spec import Generation, Rollout


class Generator:
    """Answers prompts with the policy as it is when it is asked."""

    def __init__(self, policy: Policy, lengths: Generation):
        self.policy, self.lengths = policy, lengths
        config = policy.config
        self._sampler = Sampler(
            policy.model,
            policy.tokenizer,
            CacheConfig(
                cache_size=lengths.max_prompt_tokens + lengths.max_completion_tokens,
                num_layers=config.num_layers,
                num_kv_heads=config.num_kv_heads,
                head_dim=config.head_dim,
            ),
        )

    def greedy(self, prompts: Sequence[str], cut: Callable[[], bool] = lambda: False) -> list[Completion]:
        """The likeliest completion of each prompt; of fewer where `cut`, which is asked before each batch, says so."""
        found: list[Completion] = []
        for part in self._batches(prompts):
            if cut():
                break
            found += self._ask(part, temperature=0.0)
        return found[: len(prompts)]

    def sample(self, prompts: Sequence[str], rollout: Rollout, seed: int, step: int) -> list[Completion]:
        """A draw for each prompt; the same seed and step give the same draws."""
        found: list[Completion] = []
        for number, part in enumerate(self._batches(prompts)):
            found += self._ask(
                part,
                temperature=rollout.temperature,
                top_p=rollout.top_p,
                top_k=rollout.top_k,
                seed=sampling_seed(seed, step, number),
            )
        return found[: len(prompts)]

    def _batches(self, prompts: Sequence[str]) -> list[list[str]]:
        """Batches of one size, the last one filled up with its last prompt: another size would be compiled anew."""
        size = self.lengths.batch_size
        parts = [list(prompts[i : i + size]) for i in range(0, len(prompts), size)]
        for part in parts:
            part += [part[-1]] * (size - len(part))
        return parts

    def _ask(self, prompts: list[str], **sampling: Any) -> list[Completion]:
        with self.policy.mesh, logits_at_end(1):
            self._sampler.transformer_state = nnx.variables(self.policy.model)
            output = self._sampler(
                prompts,
                max_generation_steps=self.lengths.max_completion_tokens,
                max_prompt_length=self.lengths.max_prompt_tokens,
                eos_tokens=self.policy.end_tokens,
                **sampling,
            )
        return [Completion(str(text), len(ids)) for text, ids in zip(output.text, output.tokens, strict=True)]
