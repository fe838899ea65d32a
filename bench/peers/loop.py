"""A call that takes several training steps."""


class Many:
    def __init__(self, call, steps):
        self.call = call
        self.steps = steps

    def __call__(self):
        return self.call()
