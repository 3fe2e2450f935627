"""What a local server sends in place of GitHub."""

from dataclasses import dataclass, field


@dataclass
class Mirror:
    """What the server sends: bytes by path, or (status, bytes, announced length) where it misbehaves."""

    address: str = ""
    files: dict[str, bytes | tuple[int, bytes, int]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def serve(self, url: str, content: bytes | tuple[int, bytes, int]) -> None:
        self.files["/" + url.removeprefix("https://")] = content
