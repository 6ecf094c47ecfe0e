/*
 * The kernel's own price of a container's interface: a veth pair whose far end is in the container's network namespace and whose
 * near end is a port of a bridge, an address, up, and a default route. One message each, as few as the kernel allows.
 */
#include <arpa/inet.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <sys/types.h>

struct message {
  struct nlmsghdr header;
  char rest[1024];
};

static void *grow(struct message *message, size_t length) {
  void *at = (char *)message + NLMSG_ALIGN(message->header.nlmsg_len);
  memset(at, 0, NLMSG_ALIGN(length));
  message->header.nlmsg_len = NLMSG_ALIGN(message->header.nlmsg_len) + length;
  return at;
}

static struct rtattr *attribute(struct message *message, int type, const void *value, size_t length) {
  struct rtattr *attribute = grow(message, RTA_LENGTH(length));
  attribute->rta_type = type;
  attribute->rta_len = RTA_LENGTH(length);
  if (length > 0) memcpy(RTA_DATA(attribute), value, length);
  return attribute;
}

static void end(struct message *message, struct rtattr *nest) {
  nest->rta_len = (char *)message + message->header.nlmsg_len - (char *)nest;
}

static struct message begin(int type, int flags) {
  struct message message = {.header = {.nlmsg_len = NLMSG_HDRLEN, .nlmsg_type = type}};
  message.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
  return message;
}

static int netlink(void) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  check(fd < 0, "netlink");
  return fd;
}

static void ask(int fd, struct message *message, const char *what) {
  char answer[4096];
  check(send(fd, message, message->header.nlmsg_len, 0) < 0 || recv(fd, answer, sizeof answer, 0) < 0, what);
  struct nlmsgerr *said = NLMSG_DATA((struct nlmsghdr *)answer);
  errno = -said->error;
  check(said->error != 0, what);
}

static void make_pair(int fd, pid_t pid, const char *near, const char *bridge) {
  struct message message = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  struct ifinfomsg *info = grow(&message, sizeof *info);
  int master = if_nametoindex(bridge);
  info->ifi_flags = info->ifi_change = IFF_UP;
  attribute(&message, IFLA_IFNAME, near, strlen(near) + 1);
  attribute(&message, IFLA_MASTER, &master, sizeof master);
  struct rtattr *link = attribute(&message, IFLA_LINKINFO, NULL, 0);
  attribute(&message, IFLA_INFO_KIND, "veth", 4);
  struct rtattr *data = attribute(&message, IFLA_INFO_DATA, NULL, 0);
  struct rtattr *peer = attribute(&message, VETH_INFO_PEER, NULL, 0);
  grow(&message, sizeof(struct ifinfomsg));
  attribute(&message, IFLA_IFNAME, "eth0", 5);
  attribute(&message, IFLA_NET_NS_PID, &pid, sizeof pid);
  end(&message, peer), end(&message, data), end(&message, link);
  ask(fd, &message, "veth");
}

/* In the container's namespace. */
static void configure(void) {
  int fd = netlink(), index = if_nametoindex("eth0");
  in_addr_t own = inet_addr("10.254.7.2"), gateway = inet_addr("10.254.7.1");
  struct message address = begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL);
  struct ifaddrmsg *at = grow(&address, sizeof *at);
  at->ifa_family = AF_INET, at->ifa_prefixlen = 24, at->ifa_index = index;
  attribute(&address, IFA_LOCAL, &own, sizeof own);
  ask(fd, &address, "address");
  struct message up = begin(RTM_NEWLINK, 0);
  struct ifinfomsg *info = grow(&up, sizeof *info);
  info->ifi_index = index, info->ifi_flags = info->ifi_change = IFF_UP;
  ask(fd, &up, "up");
  struct message route = begin(RTM_NEWROUTE, NLM_F_CREATE);
  struct rtmsg *to = grow(&route, sizeof *to);
  to->rtm_family = AF_INET, to->rtm_table = RT_TABLE_MAIN, to->rtm_protocol = RTPROT_STATIC;
  to->rtm_scope = RT_SCOPE_UNIVERSE, to->rtm_type = RTN_UNICAST;
  attribute(&route, RTA_GATEWAY, &gateway, sizeof gateway);
  ask(fd, &route, "route");
  close(fd);
}
