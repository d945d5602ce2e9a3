"""What the tests of the trainers compare of two runs: weights and logged losses."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import Trainer

REPO = Path(__file__).parents[2]

PLAIN: dict[str, Any] = {
    "use_cpu": True,
    "optim": "sgd",
    "learning_rate": 0.1,
    "lr_scheduler_type": "constant",
    "max_grad_norm": 0,
    "logging_steps": 1,
    "save_strategy": "no",
    "disable_tqdm": True,
    "num_train_epochs": 1,
    "per_device_train_batch_size": 8,
}
"""Settings under which a run is plain gradient descent, so that two runs can be compared."""


def weights(trainer: Trainer) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in trainer.model.state_dict().items()}


def assert_equal(found: dict[str, Tensor], expected: dict[str, Tensor], tolerance: float) -> None:
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        torch.testing.assert_close(found[name], tensor, rtol=0, atol=tolerance, msg=lambda m, name=name: f"{name}: {m}")


def losses(trainer: Trainer) -> list[dict[str, float]]:
    return [entry for entry in trainer.state.log_history if "loss" in entry]


def in_two_processes(model: str, data: str, output: str, batch_size: int) -> None:
    """Run `tests/training/train_from_folder.py` by two gloo processes."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    started = subprocess.Popen(
        [*command, "tests/training/train_from_folder.py", model, data, output, str(batch_size)],
        cwd=REPO,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(REPO)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        told, _ = started.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        os.killpg(started.pid, signal.SIGTERM)  # torchrun passes it on; killed outright it would leave its children
        raise
    assert started.returncode == 0, told
