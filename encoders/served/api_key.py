"""The key of a server: read from the environment when it is needed, and shown nowhere."""

import os
import re

from harness.errors import SettingError

_NAME = re.compile(r"[A-Z_][A-Z0-9_]*")
_KEY = re.compile(r"[!-~]+")


class ApiKey:
    """A key that an environment variable holds; no attribute holds it.

    Args:
        variable: The variable's name; empty for a server that wants no key.
    """

    def __init__(self, variable: str) -> None:
        self._variable = variable

    def headers(self) -> dict[str, str]:
        """Return the header with the key; none for a server that wants no key.

        Raises:
            SettingError: If the variable is not set, or holds what no header can.
        """
        if not self._variable:
            return {}
        key = self._read()
        if not key:
            cure = f"export {self._variable}=..."
            raise SettingError(f"key_env names {self._variable}, which must be set: {cure}")
        if not _KEY.fullmatch(key):
            must = "must hold a key, one line of ASCII without spaces"
            raise SettingError(f"key_env names {self._variable}, which {must}")
        return {"Authorization": f"Bearer {key}"}

    def hidden(self, text: str) -> str:
        """Return text of a server without the key, which it may have repeated."""
        key = self._read()
        return text.replace(key, "***") if key else text

    def _read(self) -> str:
        return os.environ.get(self._variable, "").strip() if self._variable else ""


def check_variable(name: str) -> None:
    """Refuse what may be the key itself.

    Raises:
        ValueError: If it is no name of a variable, without quoting it.
    """
    if name and not _NAME.fullmatch(name):
        msg = "key_env must be the name of an environment variable in capitals, such as"
        raise ValueError(f"{msg} OPENAI_API_KEY, and not the key itself")
