// api/door.h: who calls, and whether they are let in.
//
// Nodes prove themselves by signatures and pass to sync and enrol. People: as long as nobody has an
// account, whoever sits at this machine may do everything, and nobody else anything. From the first
// account on a session is needed, from this machine as from others; and a role that allows it
// (node/roles.h). Commands on this machine show that they may read the data folder.
#pragma once

#include <httplib.h>

#include "node/accounts.h"
#include "node/replica.h"
#include "node/store/audit.h"

namespace linli::api {

/// Who asks, as far as the door knows.
struct Caller {
  enum class Kind {
    nobody,   ///< Hasn't logged in.
    machine,  ///< At this machine, while there are no accounts.
    console,  ///< A command of somebody who may read the data folder.
    account,
  } kind = Kind::nobody;
  std::optional<node::Account> account = {};
  std::string token = {};        ///< The session's.
  std::string address = {};      ///< Where the person is, also behind a proxy on this machine.
  bool here = false;             ///< At this machine.
  bool tls = false;              ///< The line to the person is encrypted.
  std::string system_user = {};  ///< Of a command, as it says itself; empty: it doesn't.

  [[nodiscard]] node::By by() const;
  [[nodiscard]] std::string name() const;
  /// In the audit log.
  [[nodiscard]] store::AuditEntry entry(sync::Micros now, std::string act) const;
};

/// An address of this machine, not a name that looks like one: 127.evil.example is whoever its
/// owner says it is.
[[nodiscard]] bool names_loopback(std::string_view host);

class Door {
 public:
  Door(const node::Replica& replica, node::Accounts& accounts);

  [[nodiscard]] Caller caller(const httplib::Request& request) const;
  /// From where it comes; through a proxy on this machine: the address that the proxy names.
  [[nodiscard]] static std::string address_of(const httplib::Request& request);
  /// Why this request isn't let in; nothing: it is. Looks at everything but its body.
  [[nodiscard]] std::optional<Error> refusal(const httplib::Request& request) const;
  /// Is it for other nodes, who prove themselves by signatures, or for whoever asks whether we
  /// live?
  [[nodiscard]] static bool is_for_nodes(const httplib::Request& request);
  /// Is it a page that should lead to the login page instead of a refusal?
  [[nodiscard]] static bool is_page(const httplib::Request& request);

  /// For commands: what to show as a bearer token. Another with each run.
  [[nodiscard]] const std::string& console_token() const { return console_token_; }
  /// Makes the first account from another machine; good as long as there is none.
  [[nodiscard]] const std::string& set_up_code() const { return set_up_code_; }
  [[nodiscard]] bool is_set_up_code(std::string_view code) const;

  [[nodiscard]] httplib::Headers::value_type cookie(const Caller& caller,
                                                    const std::string& token) const;

 private:
  [[nodiscard]] std::optional<Error> wrong_way(const httplib::Request& request,
                                               const Caller& caller) const;
  [[nodiscard]] std::string token_in(const httplib::Request& request) const;

  const node::Replica& replica_;
  node::Accounts& accounts_;
  std::string cookie_name_;  ///< Of this node: several may run on one machine, on other ports.
  std::string console_token_, set_up_code_;
};

}  // namespace linli::api
