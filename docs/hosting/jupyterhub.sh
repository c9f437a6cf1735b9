#!/usr/bin/env bash
#
# A small JupyterHub for one class, on one Linux machine (Debian or Ubuntu).
#
#     sudo CLASS=backprop-2026 TEACHER=teacher STUDENTS=students.csv docs/hosting/jupyterhub.sh
#
# Run it from a checkout of the course. It can be run again at any time: it goes on where it was
# stopped, makes accounts for students who are new in the class's list, and brings a newer version
# of the course. No account, no password and no file of the class is ever replaced.
#
# What it makes, all of it in $HOME_OF_ALL:
#
#     hub/          JupyterHub itself; root's, and root runs nothing else
#     students/     what the students' servers run: JupyterLab, nbgrader, the wheel for students
#     teaching/     the checkout with the solutions, its environment, and the folder of the class;
#                   nobody but the teacher's account can look into it
#     exchange/     nbgrader's exchange, where notebooks go out and come in
#
# Everybody has an account of the system, and logs in with its password (PAM). So the kernel keeps
# students apart, and nbgrader knows by the owner of a file whose it is.
set -euo pipefail

# --- What to change: here, or in the environment ---------------------------------------------

CLASS=${CLASS:-backprop-2026}               # nbgrader's name for the class
TEACHER=${TEACHER:-teacher}                 # the account that teaches and grades
STUDENTS=${STUDENTS:-}                      # the first list of students (id,...), each id an account
HOME_OF_ALL=${HOME_OF_ALL:-/srv/backprop}   # where all of it goes
ADDRESS=${ADDRESS:-127.0.0.1}               # 127.0.0.1: only through a web server in front of it
PORT=${PORT:-8000}
CERTIFICATE=${CERTIFICATE:-}                # with KEY: the hub speaks https itself
KEY=${KEY:-}
PYTHON=${PYTHON:-/usr/bin/python3}          # 3.11 to 3.13, and not in anybody's home folder

# ---------------------------------------------------------------------------------------------

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CHECKOUT=$(cd "$HERE/../.." && pwd)
HUB=$HOME_OF_ALL/hub
FOR_STUDENTS=$HOME_OF_ALL/students
TEACHING=$HOME_OF_ALL/teaching
EXCHANGE=$HOME_OF_ALL/exchange
GROUP=backprop-students
PASSWORDS=$HUB/first-passwords.csv
JUPYTERHUB="jupyterhub>=6.1,<7"

say() { printf '\n== %s\n' "$*"; }
stop() { printf 'jupyterhub.sh: %s\n' "$*" >&2; exit 1; }

# Nothing of the caller's goes along, and nothing of the teacher's is run as root.
as_teacher() {
    (cd "$TEACHING" && runuser -u "$TEACHER" -- env -i "HOME=$(getent passwd "$TEACHER" | cut -d: -f6)" \
        "USER=$TEACHER" "PATH=$TEACHING/venv/bin:/usr/local/bin:/usr/bin:/bin" LANG=C.UTF-8 "$@")
}

# An account with a home folder of its own and a first password; one that exists is left as it is.
make_account() {
    local name=$1 password
    if id "$name" >/dev/null 2>&1; then
        [ "$(id -u "$name")" -ge 1000 ] || stop "$name is an account of the system itself; take another name"
        return
    fi
    [[ $name =~ ^[a-z_][a-z0-9_-]{0,31}$ ]] ||
        stop "'$name' cannot be an account: take small letters, digits, - and _, beginning with a letter"
    password=$("$PYTHON" -c 'import secrets; print(secrets.token_urlsafe(9))')
    useradd --create-home --shell /bin/bash "$name"
    printf '%s:%s\n' "$name" "$password" | chpasswd
    printf '%s,%s\n' "$name" "$password" >>"$PASSWORDS"
    echo "made the account $name"
}

# Others may look into no home folder. (The shells' default is to let them.)
close_home() { chmod 700 "$(getent passwd "$1" | cut -d: -f6)"; }

check() {
    [ "$(id -u)" -eq 0 ] || stop "it makes accounts, so it has to be run as root"
    [ -f "$CHECKOUT/solutions/00_welcome.py" ] || stop "$CHECKOUT is no checkout of the course"
    case $HOME_OF_ALL in /*) ;; *) stop "HOME_OF_ALL has to begin with /" ;; esac
    for told in "$CLASS" "$TEACHER" "$HOME_OF_ALL" "$ADDRESS" "$PORT" "$CERTIFICATE" "$KEY"; do
        [[ $told =~ ^[A-Za-z0-9._:/-]*$ ]] || stop "'$told': take letters, digits and . _ : / - only"
    done
    [ -z "$STUDENTS" ] || [ -r "$STUDENTS" ] || stop "$STUDENTS cannot be read"
    if [ -z "$CERTIFICATE$KEY" ]; then
        case $ADDRESS in
            127.*|localhost|::1) ;;
            *) stop "passwords would cross the network in clear: set CERTIFICATE and KEY, or leave ADDRESS as it is" ;;
        esac
    fi
}

install_system_packages() {
    say "Packages of the system: Python, Node.js for the hub's proxy, bubblewrap for the jail"
    local wanted=()
    command -v bwrap >/dev/null || wanted+=(bubblewrap)
    command -v npm >/dev/null || wanted+=(nodejs npm)
    "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null || wanted+=(python3-venv)
    if [ ${#wanted[@]} -gt 0 ]; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${wanted[@]}"
    fi
    "$PYTHON" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' ||
        stop "$PYTHON is not Python 3.11, 3.12 or 3.13; name one with PYTHON=..."
}

make_folders() {
    say "The teacher's account, and folders that only those can enter who have to"
    install -d -m 755 "$HOME_OF_ALL" "$HUB"
    install -d -m 700 "$HUB/state"
    getent group "$GROUP" >/dev/null || groupadd "$GROUP"
    [ -e "$PASSWORDS" ] || (umask 077 && echo "account,password" >"$PASSWORDS")
    make_account "$TEACHER"
    close_home "$TEACHER"
    install -d -m 755 -o "$TEACHER" -g "$TEACHER" "$FOR_STUDENTS"
    install -d -m 700 -o "$TEACHER" -g "$TEACHER" "$TEACHING"
    # Everybody hands in here. With the sticky bit nobody can rename or remove another's folder, and
    # the class's own belongs to the teacher before anybody else could make it.
    install -d -m 1777 "$EXCHANGE"
    install -d -m 755 -o "$TEACHER" -g "$TEACHER" "$EXCHANGE/$CLASS"
}

install_hub() {
    say "JupyterHub from PyPI, its proxy from npm"
    [ -x "$HUB/venv/bin/python" ] || "$PYTHON" -m venv "$HUB/venv"
    "$HUB/venv/bin/python" -m pip install --quiet "$JUPYTERHUB"
    local proxy=5  # the one for Node.js 20 and later
    [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] || proxy=4
    npm install --silent --no-fund --no-audit --prefix "$HUB/proxy" "configurable-http-proxy@$proxy"
}

install_course() {
    say "The course, with its solutions, for the teacher alone"
    # Neither what is made from the checkout, nor a class in it. The version before is kept beside.
    tar --create --directory="$CHECKOUT" --exclude-vcs --exclude=./.venv --exclude=./build \
        --exclude=./class --exclude=./my-course --exclude='*.egg-info' --exclude=__pycache__ . |
        as_teacher sh -c 'rm -rf course.new && mkdir course.new && tar --extract --directory=course.new'
    as_teacher sh -c 'rm -rf course.before && if [ -d course ]; then mv course course.before; fi &&
        mv course.new course'
    [ -x "$TEACHING/venv/bin/python" ] || as_teacher "$PYTHON" -m venv "$TEACHING/venv"
    as_teacher python -m pip install --quiet -e "$TEACHING/course[grading]" "$JUPYTERHUB"
    # JupyterHub lets no page be shown inside another one, so the menu's Formgrader would stay empty.
    # It opens in a tab of its own; see the end.
    as_teacher jupyter labextension disable --level=sys_prefix "@jupyter/nbgrader:formgrader"
    as_teacher env --chdir="$TEACHING/course" autograder build
}

make_class() {
    say "The folder of the class, with the exchange of all"
    local class=$TEACHING/class
    as_teacher autograder init "$class" --course "$CLASS"
    as_teacher sed -i "s|^exchange = \"exchange\"\$|exchange = \"$EXCHANGE\"|" "$class/class.toml"
    if [ -n "$STUDENTS" ]; then
        if [ -z "$(students_of_the_class)" ]; then
            as_teacher tee "$class/students.csv" <"$STUDENTS" >/dev/null
        else
            echo "The class has a list already: who is new is entered there, $class/students.csv"
        fi
    fi
    as_teacher autograder init "$class"
    as_teacher autograder students-package --class "$class"
}

install_for_students() {
    say "What students run: JupyterLab, nbgrader, and the wheel without answers"
    local venv=$FOR_STUDENTS/venv
    [ -x "$venv/bin/python" ] || as_teacher "$PYTHON" -m venv "$venv"
    as_teacher "$venv/bin/python" -m pip install --quiet "$JUPYTERHUB" \
        "jupyterlab>=4.4,<5" "nbgrader>=0.9.5,<0.10" "$TEACHING"/class/handout/students/*.whl
    # Once more by itself: a newer wheel may have the same version.
    as_teacher "$venv/bin/python" -m pip install --quiet --no-deps --force-reinstall \
        "$TEACHING"/class/handout/students/*.whl
    # Students see the list of assignments and Validate, and nothing that is for teachers.
    for part in formgrader course_list; do
        as_teacher "$venv/bin/jupyter" server extension disable --sys-prefix \
            "nbgrader.server_extensions.$part"
    done
    for part in formgrader create-assignment course-list; do
        as_teacher "$venv/bin/jupyter" labextension disable --level=sys_prefix \
            "@jupyter/nbgrader:$part"
        as_teacher "$venv/bin/jupyter" labextension lock --level=sys_prefix \
            "@jupyter/nbgrader:$part"
    done
    as_teacher tee "$venv/etc/jupyter/nbgrader_config.py" >/dev/null <<END
c = get_config()
c.CourseDirectory.course_id = "$CLASS"
c.Exchange.root = "$EXCHANGE"
END
}

students_of_the_class() {
    as_teacher python -c '
import sys
from pathlib import Path
from autograder.errors import CourseError
from autograder.grading.classes.roster import read_roster
try:
    print(*(student.id for student in read_roster(Path(sys.argv[1]))), sep="\n")
except CourseError as error:
    sys.exit(str(error))
' "$TEACHING/class/students.csv"
}

enter_students() {
    say "An account for each student of the list"
    local name names
    names=$(students_of_the_class)
    [ -n "$names" ] || { echo "The list is empty: $TEACHING/class/students.csv"; return; }
    while read -r name; do
        [ "$name" != "$TEACHER" ] || stop "$name is the teacher and a student; take another name"
        make_account "$name"
        close_home "$name"
        usermod --append --groups "$GROUP" "$name"
    done <<<"$names"
}

start_hub() {
    say "The hub's configuration, and its service"
    install -m 644 "$HERE/jupyterhub_config.py" "$HUB/jupyterhub_config.py"
    cat >"$HUB/settings.toml" <<END
teacher = "$TEACHER"
group = "$GROUP"
address = "$ADDRESS"
port = $PORT
certificate = "$CERTIFICATE"
key = "$KEY"
END
    local start="$HUB/venv/bin/jupyterhub --config $HUB/jupyterhub_config.py"
    if [ -d /run/systemd/system ]; then
        cat >/etc/systemd/system/jupyterhub.service <<END
[Unit]
Description=JupyterHub of $CLASS
After=network-online.target

[Service]
WorkingDirectory=$HUB/state
ExecStart=$start
Restart=on-failure
# A restart of the hub leaves the servers of students and teacher alone.
KillMode=process

[Install]
WantedBy=multi-user.target
END
        systemctl daemon-reload
        systemctl enable jupyterhub.service
        systemctl restart jupyterhub.service
    else
        echo "There is no systemd here. To start the hub: cd $HUB/state && $start"
    fi
}

finish() {
    say "Done"
    echo "The hub: http${CERTIFICATE:+s}://$ADDRESS:$PORT"
    echo "First passwords, for root to give out and then to remove: $PASSWORDS"
    echo "Everybody changes the own one in a terminal of JupyterLab, with passwd."
    echo "The class: $TEACHING/class, which $TEACHER finds after logging in."
    echo "The Formgrader, in a tab of its own: .../user/$TEACHER/formgrader"
}

main() {
    check
    install_system_packages
    make_folders
    install_hub
    install_course
    make_class
    install_for_students
    enter_students
    start_hub
    finish
}

# On one line: a newer version may be put in place of this file while it runs.
main; exit
