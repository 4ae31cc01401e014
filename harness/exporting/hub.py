"""Upload an exported model to the Hugging Face Hub."""

from pathlib import Path

from harness.errors import HarnessError, SettingError, first_line


def check_repository(name: str) -> None:
    """Refuse what is no ``OWNER/NAME``, before anything is written.

    Raises:
        SettingError: If it is none.
    """
    from huggingface_hub.errors import HFValidationError  # deferred: --help need not pay
    from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

    try:
        validate_repo_id(name)
    except HFValidationError as error:
        raise SettingError(
            f"push must be OWNER/NAME, got {name!r}: {first_line(error)}"
        ) from error
    if "/" not in name:
        raise SettingError(f"push must be OWNER/NAME, got {name!r}: name the owner too")


def push_folder(folder: Path, repository: str, spec: str, *, private: bool) -> str:
    """Upload all files of a folder, as one commit.

    The token is the one that huggingface_hub finds: ``HF_TOKEN``, or that of ``hf auth login``.

    Args:
        folder: The exported model.
        repository: ``OWNER/NAME``; made if there is none.
        spec: The encoder, for the message of the commit.
        private: Whether a repository that is made is private.

    Returns:
        The repository's address.

    Raises:
        HarnessError: If the hub refuses, or cannot be reached.
    """
    from httpx2 import HTTPError, InvalidURL  # deferred: --help need not pay
    from huggingface_hub import HfApi, get_token
    from huggingface_hub.errors import HfHubHTTPError

    api = HfApi(library_name="sentence-harness")
    try:
        made = api.create_repo(repository, private=private or None, exist_ok=True)
        api.upload_folder(
            folder_path=folder, repo_id=repository, commit_message=f"Export {spec} with harness"
        )
    except (HTTPError, InvalidURL, OSError, ValueError, RuntimeError) as error:
        status = error.response.status_code if isinstance(error, HfHubHTTPError) else None
        reason = first_line(error)
        if token := get_token():
            reason = reason.replace(token, "***")
        cure = "run 'hf auth login', or set HF_TOKEN" if status in (401, 403) else "try again"
        msg = f"export {folder} is written, but cannot be pushed to {repository!r} ({reason})"
        raise HarnessError(f"{msg}: {cure}") from error
    return str(made)
