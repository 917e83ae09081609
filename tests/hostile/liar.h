// tests/hostile/liar.h: a server in an upstream's place: it hands on to the real hub what it is
// asked, and answers with what it likes.
#pragma once

#include <httplib.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "tests/hostile/mallory.h"

namespace linli::hostile {

class Liar {
 public:
  /// What is done to the hub's answers; what is empty leaves them as they are.
  struct Lie {
    std::function<void(const sync::Request&, sync::Response&)> response =
        {};                                             ///< Signed anew then.
    std::function<std::string(std::string)> wire = {};  ///< The answer's bytes, signed.
    /// The answer to `GET path`, of the history above all.
    std::function<std::string(const std::string& path, std::string)> text = {};
    /// Instead of everything: true, if it has answered.
    std::function<bool(const httplib::Request&, httplib::Response&)> instead = {};
  };

  /// Signs with `key`: the hub's own, stolen, or that of a relay, whose `chain` it shows.
  Liar(std::string hub_url, const crypto::SigningKey& key, std::string chain = {});
  ~Liar();
  Liar(const Liar&) = delete;
  Liar& operator=(const Liar&) = delete;

  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  void tell(Lie lie);  ///< From the next answer on.
  void be_honest() { tell({}); }
  [[nodiscard]] int told() const { return told_; }  ///< Answers with a lie in them.
  [[nodiscard]] const crypto::SigningKey& key() const { return key_; }

 private:
  void exchange(const httplib::Request& request, httplib::Response& response);
  void hand_on(const httplib::Request& request, httplib::Response& response);
  [[nodiscard]] Lie lie() const;

  const std::string hub_url_, chain_;
  const crypto::SigningKey& key_;
  httplib::Server server_;
  mutable std::mutex guard_;
  Lie lie_;  ///< Guarded.
  std::atomic<int> told_{0};
  int port_ = 0;
  std::thread thread_;
};

}  // namespace linli::hostile
