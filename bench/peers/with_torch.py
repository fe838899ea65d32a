"""PyTorch: eager and compiled, NCHW and channels-last, weights packed beforehand."""

import itertools

import torch
import torch.nn.functional as F
from torch import nn


class Network(nn.Module):
    """The article's network."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 5, 2, stride=2)
        self.conv2 = nn.Conv2d(5, 20, 3, padding=1)
        self.fc1 = nn.Linear(980, 2000)
        self.fc2 = nn.Linear(2000, 10)
        for p in self.parameters():
            nn.init.trunc_normal_(p, std=0.1, a=-0.2, b=0.2) if p.dim() > 1 else nn.init.constant_(p, 0.1)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = torch.sigmoid(self.conv2(x))
        x = x.permute(0, 2, 3, 1).flatten(1)
        return self.fc2(torch.sigmoid(self.fc1(x)))


class Strong(nn.Module):
    """The network of mnist.py."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2, self.conv3 = nn.Conv2d(1, 16, 5, 2), nn.Conv2d(16, 32, 3, padding=1), nn.Conv2d(32, 32, 3, padding=1)
        self.fc = nn.Linear(4 * 4 * 32, 10)

    def forward(self, x):
        x = F.relu(self.conv1(F.pad(x, (1, 2, 1, 2))))
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = F.max_pool2d(F.relu(self.conv3(x)), 2, ceil_mode=True)
        return self.fc(x.flatten(1))


class Framework:
    name = "PyTorch"
    version = torch.__version__

    def __init__(self, threads):
        torch.set_num_threads(threads)
        torch.manual_seed(1)

    def conv(self, layer):
        (h, w, c), (kh, kw) = layer["input"], layer["kernel"]
        stride, (top, bottom, left, right) = layer["stride"], layer["pad"]
        if top != bottom or left != right:

            def unequal():
                raise ValueError("F.conv2d pads both sides alike")

            return {"any": unequal}
        pad = [top, left]
        x = torch.randn(layer["batch"], c, h, w)
        filters = torch.randn(layer["filters"], c, kh, kw)
        bias = torch.randn(layer["filters"])
        dy = torch.randn_like(F.conv2d(x, filters, None, stride, pad))

        def forward(memory_format):
            a, b = x.to(memory_format=memory_format), filters.to(memory_format=memory_format)
            return lambda: F.conv2d(a, b, bias, stride, pad)

        def backward(memory_format, mask):
            a, b, d = (t.to(memory_format=memory_format) for t in (x, filters, dy))
            return lambda: torch.ops.aten.convolution_backward(
                d, a, b, [len(bias)], stride, pad, [1, 1], False, [0, 0], 1, mask
            )

        def packed():
            a = x.to(memory_format=torch.channels_last)
            b = torch.ops.mkldnn._reorder_convolution_weight(filters, pad, stride, [1, 1], 1, list(x.shape))
            return lambda: torch.ops.mkldnn._convolution_pointwise(a, b, bias, pad, stride, [1, 1], 1, "none", [], "")

        def blocked():
            a = x.to_mkldnn()
            b = torch._C._nn.mkldnn_reorder_conv2d_weight(filters.to_mkldnn(), pad, stride, [1, 1], 1, list(x.shape))
            return lambda: torch.conv2d(a, b, bias.to_mkldnn(), stride, pad)

        nchw, nhwc = torch.contiguous_format, torch.channels_last
        if layer["pass"] == "forward":
            return {
                "NCHW": no_grad(lambda: forward(nchw)),
                "channels-last": no_grad(lambda: forward(nhwc)),
                "channels-last, packed weights": no_grad(packed),
                "oneDNN's own layout, packed weights": no_grad(blocked),
            }
        mask = [True, False, False] if layer["pass"] == "data" else [False, True, True]
        return {
            "NCHW": no_grad(lambda: backward(nchw, mask)),
            "channels-last": no_grad(lambda: backward(nhwc, mask)),
        }

    def step(self, batch):
        images = torch.rand(max(64, batch), 1, 28, 28)
        labels = torch.randint(10, (len(images),))

        def make(compiled, memory_format):
            net = Network().to(memory_format=memory_format)
            optimizer = torch.optim.SGD(net.parameters(), lr=0.01)

            def step(x, y):
                loss = F.cross_entropy(net(x), y)
                loss.backward()
                optimizer.step()
                optimizer.zero_grad()
                return loss

            if compiled:
                forward = torch.compile(lambda x, y: F.cross_entropy(net(x), y))
                update = torch.compile(optimizer.step)

                def step(x, y):
                    loss = forward(x, y)
                    loss.backward()
                    update()
                    optimizer.zero_grad()
                    return loss

            x = images.to(memory_format=memory_format)
            batches = itertools.cycle([(x[i : i + batch], labels[i : i + batch]) for i in range(0, len(x) - batch + 1, batch)])
            return lambda: step(*next(batches)).item()

        return {
            "eager, NCHW": lambda: make(False, torch.contiguous_format),
            "eager, channels-last": lambda: make(False, torch.channels_last),
            "compiled, NCHW": lambda: make(True, torch.contiguous_format),
            "compiled, channels-last": lambda: make(True, torch.channels_last),
        }

    def trainer(self):
        def make(memory_format, images, labels):
            net = Strong().to(memory_format=memory_format)
            optimizer = torch.optim.Adam(net.parameters(), fused=True)
            x = torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()
            y = torch.from_numpy(labels).long()

            def step(picked, rate):
                picked = torch.from_numpy(picked)
                optimizer.param_groups[0]["lr"] = rate
                loss = F.cross_entropy(net(x[picked].to(memory_format=memory_format)), y[picked])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()

            def predict(images):
                with torch.inference_mode():
                    return net(torch.from_numpy(images).permute(0, 3, 1, 2)).argmax(1).numpy()

            return step, predict

        return {
            "eager, NCHW": lambda x, y: make(torch.contiguous_format, x, y),
            "eager, channels-last": lambda x, y: make(torch.channels_last, x, y),
        }


def no_grad(make):
    """Makes a call that records nothing for a later backward pass."""

    def made():
        with torch.inference_mode():
            call = make()

        def run():
            with torch.inference_mode():
                call()

        return run

    return made
