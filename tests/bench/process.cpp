#include "process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "crypto/result.h"

namespace linli::bench {
namespace {

/// A line "Name:   1234 kB" of a file below /proc, in MB.
double proc_mb(int pid, const std::string& file, const std::string& name) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/" + file);
  for (std::string line; std::getline(in, line);) {
    if (line.rfind(name + ":", 0) == 0) return std::stod(line.substr(name.size() + 1)) / 1024;
  }
  return 0;
}

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool send_all(int to, const char* data, std::size_t size) {
  for (std::size_t sent = 0; sent < size;) {
    const auto n = ::send(to, data + sent, size - sent, MSG_NOSIGNAL);
    if (n <= 0) return false;
    sent += static_cast<std::size_t>(n);
  }
  return true;
}

constexpr int kPollMilliseconds = 100;

}  // namespace

// ---- Child ------------------------------------------------------------------------------------

Child::Child(const std::vector<std::string>& arguments) {
  std::vector<std::string> words{LINLI_EXECUTABLE};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  int ends[2];
  ensure(::pipe2(ends, O_CLOEXEC) == 0, "a pipe");
  pid_ = ::fork();
  ensure(pid_ >= 0, "a process");
  if (pid_ == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  ::close(ends[1]);
  out_ = ends[0];
}

Child::~Child() {
  stop();
  ::close(out_);
}

std::string Child::line() {
  for (;;) {
    if (const auto end = buffer_.find('\n'); end != std::string::npos) {
      auto line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return line;
    }
    char chunk[4096];
    const auto n = ::read(out_, chunk, sizeof chunk);
    if (n <= 0) return std::exchange(buffer_, {});
    buffer_.append(chunk, static_cast<std::size_t>(n));
  }
}

double Child::peak_mb() const { return proc_mb(pid_, "status", "VmHWM"); }
double Child::own_mb() const { return proc_mb(pid_, "smaps_rollup", "Pss"); }

int Child::wait() {
  int status = 0;
  ensure(pid_ > 0 && ::waitpid(pid_, &status, 0) == pid_, "the process can be waited for");
  pid_ = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

void Child::stop() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGTERM);
  (void)wait();
}

Served::Served(const std::filesystem::path& data, const std::vector<std::string>& more)
    : child_([&] {
        std::vector<std::string> words{"serve",       "--data",      data.string(), "--listen",
                                       "127.0.0.1:0", "--log-level", "error"};
        words.insert(words.end(), more.begin(), more.end());
        return words;
      }()) {
  const auto said = child_.line();
  const auto at = said.find("http://");
  ensure(at != std::string::npos, "`linli serve` says where it listens, not: " + said);
  url_ = said.substr(at);
  port_ = std::stoi(url_.substr(url_.rfind(':') + 1));
}

Ran run(const std::vector<std::string>& arguments) {
  Child child(arguments);
  Ran ran;
  // Looked at while it runs: what the system tells at the end counts this process before the exec.
  std::atomic<bool> ended = false;
  std::thread watcher([&] {
    while (!ended) {
      ran.peak_mb = std::max(ran.peak_mb, child.peak_mb());
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  for (auto line = child.line(); !line.empty(); line = child.line()) ran.out += line + '\n';
  ended = true;
  watcher.join();
  ensure(child.wait() == 0, "`linli " + arguments.front() + "` went well");
  return ran;
}

// ---- Wire -------------------------------------------------------------------------------------

Wire::Wire(int to_port) : to_port_(to_port) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto address = loopback(0);
  socklen_t size = sizeof address;
  ensure(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
             ::listen(listener_, 64) == 0 &&
             ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0,
         "a port to listen on");
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

Wire::~Wire() {
  stopping_ = true;
  acceptor_.join();
  for (auto& carrier : carriers_) carrier.join();
  ::close(listener_);
}

Wire::Count Wire::count() const { return {up_, down_, turns_}; }

void Wire::reset() { up_ = down_ = turns_ = 0; }

void Wire::accept_all() {
  while (!stopping_) {
    pollfd waiting{listener_, POLLIN, 0};
    if (::poll(&waiting, 1, kPollMilliseconds) <= 0) continue;
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client >= 0) carriers_.emplace_back([this, client] { carry(client); });
  }
}

void Wire::carry(int client) {
  const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = loopback(to_port_);
  const int on = 1;
  for (const int end : {client, server}) {
    ::setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  bool open = ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  bool upward = false;
  std::vector<char> buffer(256 << 10);
  while (open && !stopping_) {
    pollfd ends[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    if (::poll(ends, 2, kPollMilliseconds) <= 0) continue;
    for (int i = 0; i < 2 && open; ++i) {
      if (ends[i].revents == 0) continue;
      const auto n = ::recv(ends[i].fd, buffer.data(), buffer.size(), 0);
      open = n > 0 && send_all(ends[1 - i].fd, buffer.data(), static_cast<std::size_t>(n));
      if (!open) break;
      (i == 0 ? up_ : down_) += static_cast<std::uint64_t>(n);
      if (i == 0 && !upward) ++turns_;
      upward = i == 0;
    }
  }
  ::close(client);
  ::close(server);
}

}  // namespace linli::bench
