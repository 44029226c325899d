"""Checks, one at a time, that the Python client library works against a cluster.

    checks.py --list
    checks.py KUBECONFIG IMAGE CHECK
"""

import sys
import threading
import time

from kubernetes import client, config, dynamic, watch
from kubernetes.client.rest import ApiException
from kubernetes.stream import portforward, stream

PATIENCE_SECONDS = 60


def config_map(name, data):
    return client.V1ConfigMap(metadata=client.V1ObjectMeta(name=name, labels={"made-by": "check"}), data=data)


def eventually(what, holds):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError(f"{what}: not within {PATIENCE_SECONDS} s")


def equal(what, got, want):
    if got != want:
        raise AssertionError(f"{what}: expected {want!r}, got {got!r}")


def sleeping_pod(name, image, command="sleep 3600"):
    container = client.V1Container(name="main", image=image, command=["sh", "-c", command])
    spec = client.V1PodSpec(containers=[container], termination_grace_period_seconds=1)
    return client.V1Pod(metadata=client.V1ObjectMeta(name=name, labels={"app": name}), spec=spec)


def start_pod(core, namespace, name, image, command="sleep 3600"):
    core.create_namespaced_pod(namespace, sleeping_pod(name, image, command))
    eventually(name + " runs", lambda: core.read_namespaced_pod(name, namespace).status.phase == "Running")


def objects(core, namespace, _image):
    """objects are created, read, replaced, patched in three ways and deleted"""
    made = core.create_namespaced_config_map(namespace, config_map("life", {"a": "1"}))
    made.data["b"] = "2"
    core.replace_namespaced_config_map("life", namespace, made)
    core.patch_namespaced_config_map("life", namespace, {"data": {"c": "3"}})
    core.patch_namespaced_config_map("life", namespace, [{"op": "remove", "path": "/data/a"}])
    read = core.read_namespaced_config_map("life", namespace)
    equal("the data", read.data, {"b": "2", "c": "3"})
    status = core.delete_namespaced_config_map("life", namespace)
    equal("the answer to the delete", status.status, "Success")


def errors(core, namespace, _image):
    """errors carry their status, reason and body"""
    core.create_namespaced_config_map(namespace, config_map("there", {}))
    for status, reason, act in [
        (404, "Not Found", lambda: core.read_namespaced_config_map("nowhere", namespace)),
        (409, "Conflict", lambda: core.create_namespaced_config_map(namespace, config_map("there", {}))),
        (422, "Unprocessable Entity", lambda: core.create_namespaced_config_map(namespace, config_map("A_B", {}))),
    ]:
        try:
            act()
            raise AssertionError(f"expected {status}")
        except ApiException as problem:
            equal("the status", problem.status, status)
            equal("the reason", problem.reason, reason)
            equal("the body is a Status", '"kind":"Status"' in problem.body, True)


def watching(core, namespace, _image):
    """watches tell every event and stop when told"""
    seen, watcher = [], watch.Watch()

    def write():
        core.create_namespaced_config_map(namespace, config_map("watched", {}))
        core.patch_namespaced_config_map("watched", namespace, {"data": {"a": "b"}})
        core.delete_namespaced_config_map("watched", namespace)

    writer = threading.Timer(0.5, write)
    writer.start()
    for event in watcher.stream(
        core.list_namespaced_config_map, namespace, label_selector="made-by", timeout_seconds=PATIENCE_SECONDS
    ):
        seen.append(event["type"])
        if event["type"] == "DELETED":
            watcher.stop()
    writer.join()
    equal("the events", seen, ["ADDED", "MODIFIED", "DELETED"])


def pages(core, namespace, _image):
    """lists come in pages"""
    for n in range(5):
        core.create_namespaced_config_map(namespace, config_map(f"page-{n}", {}))
    names, token = [], None
    while True:
        page = core.list_namespaced_config_map(namespace, limit=2, label_selector="made-by", _continue=token)
        names += [item.metadata.name for item in page.items]
        token = page.metadata._continue
        if not token:
            break
    equal("the names", names, [f"page-{n}" for n in range(5)])


def dynamic_client(_core, namespace, _image):
    """the dynamic client finds kinds by discovery, and applies"""
    finder = dynamic.DynamicClient(client.ApiClient())
    maps = finder.resources.get(api_version="v1", kind="ConfigMap")
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "dynamic"}, "data": {"a": "1"}}
    maps.server_side_apply(body=body, namespace=namespace, field_manager="python")
    equal("the value", maps.get(name="dynamic", namespace=namespace).data.a, "1")
    equal("the kind of deployments", finder.resources.get(api_version="apps/v1", kind="Deployment").name, "deployments")


def scaling(_core, namespace, image):
    """deployments roll out and scale"""
    apps = client.AppsV1Api()
    pod = sleeping_pod("web", image)
    template = client.V1PodTemplateSpec(metadata=pod.metadata, spec=pod.spec)
    spec = client.V1DeploymentSpec(replicas=1, selector=client.V1LabelSelector(match_labels={"app": "web"}), template=template)
    apps.create_namespaced_deployment(
        namespace, client.V1Deployment(metadata=client.V1ObjectMeta(name="web"), spec=spec)
    )
    apps.patch_namespaced_deployment_scale("web", namespace, {"spec": {"replicas": 2}})
    eventually(
        "two replicas", lambda: apps.read_namespaced_deployment_status("web", namespace).status.ready_replicas == 2
    )


def versions(_core, _namespace, _image):
    """the version and the groups are found"""
    equal("the major version", client.VersionApi().get_code().major, "1")
    names = [group.name for group in client.ApisApi().get_api_versions().groups]
    equal("apps is among the groups", "apps" in names, True)


def executing(core, namespace, image):
    """containers: exec over WebSocket, with input and an exit code"""
    start_pod(core, namespace, "exec", image)
    connect = core.connect_get_namespaced_pod_exec
    said = stream(connect, "exec", namespace, command=["echo", "hi"], stdout=True, stderr=True, stdin=False, tty=False)
    equal("the output", said, "hi\n")
    session = stream(
        connect, "exec", namespace, command=["sh", "-c", "read line; echo got $line; exit 7"],
        stdin=True, stdout=True, stderr=True, tty=False, _preload_content=False,
    )
    session.write_stdin("words\n")
    session.run_forever(timeout=PATIENCE_SECONDS)
    equal("the output", session.read_stdout(), "got words\n")
    equal("the exit code", session.returncode, 7)


def forwarding(core, namespace, image):
    """containers: port forward"""
    serve = "mkdir -p /www; echo hello > /www/index.html; exec busybox httpd -f -p 8080 -h /www"
    start_pod(core, namespace, "web", image, serve)
    time.sleep(1)
    ports = portforward(core.connect_get_namespaced_pod_portforward, "web", namespace, ports="8080")
    socket = ports.socket(8080)
    socket.setblocking(True)
    socket.sendall(b"GET /index.html HTTP/1.0\r\n\r\n")
    answer = b""
    while chunk := socket.recv(4096):
        answer += chunk
    equal("the answer", answer.endswith(b"hello\n"), True)


def logs(core, namespace, image):
    """containers: logs are read and followed"""
    start_pod(core, namespace, "talker", image, "for i in 1 2 3; do echo line $i; sleep 0.5; done; sleep 3600")
    followed = []
    for line in watch.Watch().stream(core.read_namespaced_pod_log, "talker", namespace):
        followed.append(line)
        if len(followed) == 3:
            break
    equal("the lines", followed, ["line 1", "line 2", "line 3"])
    equal("the last line", core.read_namespaced_pod_log("talker", namespace, tail_lines=1), "line 3\n")


CHECKS = [objects, errors, watching, pages, dynamic_client, scaling, versions, executing, forwarding, logs]


def perform(kubeconfig, image, name):
    config.load_kube_config(kubeconfig)
    core = client.CoreV1Api()
    body = client.V1Namespace(metadata=client.V1ObjectMeta(generate_name="python-client-"))
    namespace = core.create_namespace(body).metadata.name
    try:
        next(check for check in CHECKS if check.__doc__ == name)(core, namespace, image)
    finally:
        core.delete_namespace(namespace)


if sys.argv[1] == "--list":
    print("\n".join(check.__doc__ for check in CHECKS))
else:
    perform(*sys.argv[1:4])
