// Debian's own tools read what a cycle writes: promtool, the node exporter, Redis.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "tests/offline/cycle/cycle_folder.h"
#include "tests/support/background_command.h"
#include "tests/support/models.h"

namespace nibble::test {
namespace {

using nlohmann::json;

bool has_tool(const std::string& name) {
  return run_command({"sh", "-c", "command -v " + name}).status == 0;
}

#define SKIP_WITHOUT(tool, package) \
  if (!has_tool(tool)) GTEST_SKIP() << tool << " is not installed: apt-get install " << package

void pause() {
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
}

/// A port of 127.0.0.1 that nobody listened on a moment ago.
int free_port() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0) return 0;
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  close(listener);
  return ntohs(address.sin_port);
}

const std::string kHostileName = "a \"b\"\nc\\d \xC3\xA9";

TEST(Promtool, AcceptsTheMetrics) {
  SKIP_WITHOUT("promtool", "prometheus");
  const CycleFolder folder(kHostileName);
  ASSERT_EQ(folder.run({"--threshold", "100"}).status, 0);
  const std::string metrics = read_file(folder / "models/quant_cycle.prom");
  const CommandResult result = run_command({"promtool", "check", "metrics"}, {.input = metrics});
  EXPECT_EQ(result.status, 0) << result.out << result.err << metrics;
  const std::string damaged = metrics.substr(0, metrics.find("\\\"b"));
  EXPECT_NE(run_command({"promtool", "check", "metrics"}, {.input = damaged}).status, 0);
}

std::string scrape(int port) {
  const std::string url = "http://127.0.0.1:" + std::to_string(port) + "/metrics";
  return run_command({"python3", "-c",
                      "import sys, urllib.request\n"
                      "sys.stdout.write(urllib.request.urlopen(sys.argv[1]).read().decode())",
                      url})
      .out;
}

TEST(NodeExporter, ShowsTheMetrics) {
  SKIP_WITHOUT("prometheus-node-exporter", "prometheus-node-exporter");
  const CycleFolder folder(kHostileName);
  ASSERT_EQ(folder.run({"--threshold", "100"}).status, 0);
  ASSERT_EQ(folder.run({"--threshold", "100"}).status, 0);
  const int port = free_port();
  const BackgroundCommand exporter(
      {"prometheus-node-exporter", "--collector.disable-defaults", "--collector.textfile",
       "--collector.textfile.directory=" + (folder / "models"),
       "--web.listen-address=127.0.0.1:" + std::to_string(port)},
      folder / "exporter.log");
  std::string page;
  for (int i = 0; i < 200 && page.empty(); ++i) {
    page = scrape(port);
    if (page.empty()) pause();
  }
  const std::string expected =
      "\nquant_cycle_decision_total{model_name=\"a \\\"b\\\"\\nc\\\\d \xC3\xA9\",result=\"keep\","
      "source_format=\"f16\",target_format=\"int4\"} 2\n";
  EXPECT_NE(page.find(expected), std::string::npos) << page << read_file(folder / "exporter.log");
  EXPECT_NE(page.find("\nnode_textfile_scrape_error 0\n"), std::string::npos);
}

/// A server of the test's own, on a socket in its folder.
class Redis : public testing::Test {
 protected:
  void SetUp() override {
    SKIP_WITHOUT("redis-server", "redis-server");
    SKIP_WITHOUT("redis-cli", "redis-tools");
    start();
  }
  void start() {
    server_ = std::make_unique<BackgroundCommand>(
        std::vector<std::string>{"redis-server", "--port", "0", "--unixsocket", socket(), "--dir",
                                 folder_ / "models/..", "--appendonly", "yes"},
        folder_ / "redis.log");
    for (int i = 0; i < 200 && ask({"PING"}) != "PONG\n"; ++i) pause();
    ASSERT_EQ(ask({"PING"}), "PONG\n") << read_file(folder_ / "redis.log");
  }
  void stop() {
    server_->signal(SIGTERM);
    server_->wait();
    server_.reset();
  }
  std::string socket() const { return folder_ / "redis"; }
  std::string ask(const std::vector<std::string>& words) const {
    std::vector<std::string> command = {"redis-cli", "-s", socket()};
    command.insert(command.end(), words.begin(), words.end());
    return run_command(command).out;
  }
  std::vector<std::string> on_decision() const {
    return {"--threshold",
            "100",
            "--on-decision-attempts",
            "1",
            "--on-decision",
            "redis-cli -e -s '" + socket() + "' -x XADD quant_decisions '*' event"};
  }
  /// The events of the stream, oldest first.
  std::vector<json> stream() const {
    std::vector<json> events;
    const std::string reply = ask({"--json", "XRANGE", "quant_decisions", "-", "+"});
    for (const json& entry : json::parse(reply)) {
      EXPECT_EQ(entry.at(1).at(0), "event");
      events.push_back(json::parse(entry.at(1).at(1).get<std::string>()));
    }
    return events;
  }

  const CycleFolder folder_{kHostileName};
  std::unique_ptr<BackgroundCommand> server_;
};

TEST_F(Redis, GetsEveryDecision) {
  ASSERT_EQ(folder_.run(on_decision()).status, 0);
  EXPECT_EQ(stream(), folder_.events());
}

TEST_F(Redis, GetsLaterWhatItMissed) {
  ASSERT_EQ(folder_.run(on_decision()).status, 0);
  stop();
  for (int i = 0; i < 2; ++i) EXPECT_EQ(folder_.run(on_decision()).status, 3);
  start();
  ASSERT_EQ(folder_.run(on_decision()).status, 0);
  EXPECT_EQ(stream(), folder_.events()) << "all four, in order";
  EXPECT_EQ(stream().size(), 4u);
}

/// The recipe of docs/CYCLE.md for a bus that must not see an event twice.
TEST_F(Redis, TakesAnEventOnceByItsIdentity) {
  const std::string script =
      R"(if redis.call("SET", KEYS[1], 1, "NX", "EX", 604800) then )"
      R"(return redis.call("XADD", "quant_decisions", "*", "event", ARGV[1]) end)";
  const std::string page = read_file(source_folder() / "docs/CYCLE.md");
  EXPECT_NE(page.find(script), std::string::npos) << "the page and this test have one recipe";
  const std::string command = "redis-cli -e -s '" + socket() + "' -x EVAL '" + script +
                              "' 1 \"quant_event:$QUANT_EVENT_ID\"";
  ASSERT_EQ(folder_
                .run({"--threshold", "100", "--on-decision",
                      "event=$(cat); for i in 1 2; do printf %s \"$event\" | " + command +
                          " || exit 1; done"})
                .status,
            0);
  EXPECT_EQ(stream(), folder_.events());
}

}  // namespace
}  // namespace nibble::test
