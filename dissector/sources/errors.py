"""What goes wrong while packets are read.

CaptureError        the capture is broken, cut short, empty, or no capture at all
"""


class CaptureError(Exception):
    """A capture that cannot be read (on); the message is one line: file, what, where; of each file, where several are.

    Everything else, before the break and in other files, has been handed on when this is raised.
    """
