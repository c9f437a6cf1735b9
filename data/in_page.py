"""Fetch the small MNIST where a chapter runs in a web page, when its images are first asked for.

Not every chapter shows digits, and who opens one wants to see it soon. So the images are no part
of what a page loads at its start; they lie beside JupyterLite, as a zip archive with one file.
"""

import io
import zipfile

ARCHIVE = "mnist_small.zip"


def fetch(path):
    """Fetch the file that belongs at `path`, and put it there.

    Parameters
    ----------
    path : pathlib.Path
        Of ``mnist_small.npz``.

    Raises
    ------
    OSError
        If it could not be fetched.
    """
    from js import XMLHttpRequest, location

    # This runs in a worker, a program of the kernel in a folder below the root of JupyterLite.
    # A worker may wait for an answer, as any program that reads a file does.
    root = str(location.href).partition("/extensions/")[0]
    request = XMLHttpRequest.new()
    try:
        request.open("GET", f"{root}/{ARCHIVE}", False)
        request.responseType = "arraybuffer"
        request.send(None)
        if request.status != 200:
            raise OSError(f"the site answered {request.status}")
        with zipfile.ZipFile(io.BytesIO(request.response.to_bytes())) as archive:
            path.write_bytes(archive.read(path.name))
    except Exception as error:  # the browser's own kinds, and an answer that is no archive
        raise OSError(f"{ARCHIVE} could not be fetched ({error})") from None
