import torch

torch.manual_seed(0)
small = torch.randn(16, 16)
weight = torch.randn(784, 128)
