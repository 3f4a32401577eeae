"""A sample web served from the command line, ``python -m linkcrawler.loopback``."""

import http.client
import re
import signal
import subprocess
import sys

import pytest

from linkcrawler.loopback import main
from linkcrawler.sample_web import sample_web_folder

TIMEOUT = 20

# Like `python -m linkcrawler.loopback`, also where the tests run as a background job of a shell,
# which hands down an ignored SIGINT.
RUN_MODULE = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("linkcrawler.loopback", run_name="__main__", alter_sys=True)
"""


def test_a_folder_is_served_from_the_command_line_until_interrupted():
    command = [sys.executable, "-W", "error", "-c", RUN_MODULE, str(sample_web_folder())]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        line = server.stdout.readline()
        port = int(re.search(r"http://127\.0\.0\.1:(\d+)", line)[1])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
        connection.request("GET", "http://penwiki.example/")
        page = connection.getresponse().read()
        connection.close()
        server.send_signal(signal.SIGINT)
        _, errors = server.communicate(timeout=TIMEOUT)
    assert b"<h1>Main page</h1>" in page
    assert (server.returncode, errors) == (0, "")


def test_a_folder_that_is_no_sample_web_ends_the_command_with_one_line(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        main([str(tmp_path)])
    assert ended.value.code == 2
    errors = capsys.readouterr().err
    assert errors.startswith(f"Cannot read {tmp_path}")
    assert errors.count("\n") == 1
