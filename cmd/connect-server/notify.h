#ifndef CONNECT_SERVER_NOTIFY_H
#define CONNECT_SERVER_NOTIFY_H

/* Tells systemd the state of a service of Type=notify: "READY=1", "STOPPING=1". socket: NOTIFY_SOCKET; NULL
 * and "" do nothing, and so does a socket that is not there: nobody waits then. */
void notify_systemd(const char *socket, const char *state);

#endif
