"""JupyterHub's configuration for one class; what is particular to it stands in settings.toml.

``jupyterhub.sh`` puts both into place.
"""

import tomllib
from pathlib import Path

HUB = Path(__file__).resolve().parent
STUDENTS, TEACHING = HUB.parent / "students", HUB.parent / "teaching"
SETTINGS = tomllib.loads((HUB / "settings.toml").read_text(encoding="utf-8"))
USUAL_PATH = "/usr/local/bin:/usr/bin:/bin"

c = get_config()  # noqa: F821

# Where it listens, and what only root may read.
scheme = "https" if SETTINGS["certificate"] else "http"
c.JupyterHub.bind_url = f"{scheme}://{SETTINGS['address']}:{SETTINGS['port']}"
c.JupyterHub.ssl_cert, c.JupyterHub.ssl_key = SETTINGS["certificate"], SETTINGS["key"]
c.JupyterHub.db_url = f"sqlite:///{HUB}/state/jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = str(HUB / "state" / "cookie_secret")
c.ConfigurableHTTPProxy.command = str(HUB / "proxy/node_modules/.bin/configurable-http-proxy")
c.ConfigurableHTTPProxy.pid_file = str(HUB / "state" / "proxy.pid")

# Accounts of the system, with their passwords: the teacher's, and those in the group of students.
c.JupyterHub.authenticator_class = "pam"
c.Authenticator.allowed_users = {SETTINGS["teacher"]}
c.PAMAuthenticator.allowed_groups = {SETTINGS["group"]}

# Everybody's server is a process of that account.
c.JupyterHub.spawner_class = "jupyterhub.spawner.LocalProcessSpawner"
c.Spawner.default_url = "/lab"
# When a whole class logs in at once, a server takes its time: seconds until it is given up.
c.Spawner.start_timeout = c.Spawner.http_timeout = 180
c.Spawner.cmd = [str(STUDENTS / "venv/bin/jupyterhub-singleuser")]
c.Spawner.environment = {"PATH": f"{STUDENTS}/venv/bin:{USUAL_PATH}"}
c.Spawner.args = [
    # A login shell would forget the PATH above, and with it the command autograder.
    '--ServerApp.terminado_settings={"shell_command": ["/bin/bash"]}',
    # Memory is what a class needs most of: what nobody has used for a while is ended.
    "--MappingKernelManager.cull_idle_timeout=3600",
    "--ServerApp.shutdown_no_activity_timeout=7200",
]


def teach_in_the_class(spawner):
    """Give the teacher the environment with the solutions, in the folder of the class.

    nbgrader looks for its configuration where the server is started.
    """
    if spawner.user.name == SETTINGS["teacher"]:
        program = TEACHING / "venv/bin/jupyterhub-singleuser"
        spawner.cmd = ["env", f"--chdir={TEACHING}/class", str(program)]
        spawner.notebook_dir = str(TEACHING / "class")
        spawner.environment = {"PATH": f"{TEACHING}/venv/bin:{USUAL_PATH}"}


c.Spawner.pre_spawn_hook = teach_in_the_class
