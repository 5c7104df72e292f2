#include "apps/disruptor/music/search/private_host.hpp"

#include <gtest/gtest.h>

namespace disruptor::music {
namespace {

TEST(IsPrivateHost, KnowsIpv4InEverySpelling) {
  for (const char* host :
       {"127.0.0.1",       "127.1",      "127.0.0.1.", "2130706433", "0x7f000001", "0x7F.1",         "017700000001",
        "0177.0.0.01",     "0",          "0.0.0.0",    "10.1.2.3",   "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "192.0.0.8",  "198.18.0.1", "192.0.2.1",  "203.0.113.9",    "224.0.0.1",
        "255.255.255.255", "0xA9FEA9FE"}) {
    EXPECT_TRUE(IsPrivateHost(host)) << host;
  }
  for (const char* host :
       {"8.8.8.8", "134744072", "1.1", "172.15.0.1", "172.32.0.1", "192.167.0.1", "11.0.0.1", "100.128.0.1"}) {
    EXPECT_FALSE(IsPrivateHost(host)) << host;
  }
}

TEST(IsPrivateHost, KnowsIpv6AndTheIpv4InsideOfIt) {
  for (const char* host : {"::1",
                           "::",
                           "fe80::1",
                           "fe80::1%eth0",
                           "fc00::1",
                           "fd12:3456::1",
                           "ff02::1",
                           "::ffff:127.0.0.1",
                           "::ffff:7f00:1",
                           "::127.0.0.1",
                           "0:0:0:0:0:ffff:a00:1",
                           "64:ff9b::10.0.0.1",
                           "2002:7f00:1::",
                           "2001:db8::1",
                           "2001::1",
                           "100::1",
                           "::ffff:0:127.0.0.1",
                           "fec0::1",
                           "1:2",
                           "::g"}) {
    EXPECT_TRUE(IsPrivateHost(host)) << host;
  }
  for (const char* host :
       {"2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::", "2a00:1450::1"}) {
    EXPECT_FALSE(IsPrivateHost(host)) << host;
  }
}

TEST(IsPrivateHost, KnowsNamesOfPrivateNetworks) {
  for (const char* host :
       {"localhost", "LOCALHOST", "localhost.", "a.localhost", "printer.local", "db.internal", "router", "x.lan",
        "metadata.google.internal", "nas.home.arpa", "", ".", "1.2.3.4.5", "example.0x7f", "256.256.256.256"}) {
    EXPECT_TRUE(IsPrivateHost(host)) << host;
  }
  for (const char* host : {"example.com", "localhost.com", "local.example.org", "internal.org", "xn--mller-kva.de",
                           "1.2.3.4.example.com"}) {
    EXPECT_FALSE(IsPrivateHost(host)) << host;
  }
}

}  // namespace
}  // namespace disruptor::music
