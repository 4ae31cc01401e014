import subprocess
import sys


def test_dir_lists_the_public_names_before_any_is_imported() -> None:
    code = (
        "import harness, sys\n"
        "listed = set(dir(harness))\n"
        "assert set(harness.__all__) == listed, listed\n"
        "assert 'torch' not in sys.modules\n"
    )

    ended = subprocess.run([sys.executable, "-c", code], check=False)

    assert ended.returncode == 0


def test_the_commands_on_task_files_import_no_torch() -> None:
    code = "import sys, harness.cli.tasks; assert 'torch' not in sys.modules"

    ended = subprocess.run([sys.executable, "-c", code], check=False)

    assert ended.returncode == 0
