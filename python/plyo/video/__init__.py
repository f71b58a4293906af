"""Video files: :class:`VideoRecorder` writes frames to an MP4 file, an animated PNG or a GIF."""

from plyo.video.recorder import VideoRecorder

__all__ = ["VideoRecorder"]
