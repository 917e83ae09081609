// node/accounts.h: the people at this node: logging in, staying in, being shut out.
//
// Times come in as arguments. Local to the node: nothing of it is synced or backed up, so a
// restored copy brings back neither an old password nor somebody who was shut out.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>

#include "node/data_dir.h"
#include "node/model/json.h"
#include "node/roles.h"
#include "node/store/accounts.h"

namespace linli::node {

using store::Account;

constexpr sync::Micros minutes(std::int64_t n) { return n * 60'000'000; }
inline constexpr auto kSessionIdle = minutes(2 * 60);   ///< An afternoon's meeting ends it.
inline constexpr auto kSessionLife = minutes(12 * 60);  ///< Nobody is in for longer than a day.
/// Failures that cost nothing: a name's, and an address's (behind which a whole office may sit).
inline constexpr std::int64_t kFreeFailures = 5, kFreeFailuresOfAddress = 30;
inline constexpr auto kLockFirst = minutes(1) / 2, kLockLongest = minutes(60);
inline constexpr auto kGuessesKept = minutes(24 * 60);

struct NewAccount {
  std::string name, role, password;
  bool admin = false;
  std::string company = {};  ///< Of role company: the code of the one it works for; may be empty.
};

/// A session as its holder has it. The token is told once and kept nowhere.
struct Entry {
  std::string token;  ///< For the cookie, base64url.
  std::string csrf;   ///< For the header of requests that change something.
  Account account;
};

/// Thread-safe. Throws store::DatabaseError where the file fails.
class Accounts {
 public:
  /// Opens or makes accounts.db. Errors: io, disk_full, corrupt, newer_version.
  [[nodiscard]] static Result<std::unique_ptr<Accounts>> open(const DataDir& dir);

  /// Does anybody have an account? As long as not, whoever sits at this machine may do everything.
  [[nodiscard]] bool any() { return store_->any(); }
  /// Errors: bad_value (name, role, password), duplicate_key; with `first`: forbidden, if there is
  /// an account already. The first account is an administrator's.
  Result<Account> add(const NewAccount& account, sync::Micros now, bool first = false);
  [[nodiscard]] std::vector<Account> list() { return store_->list(); }
  [[nodiscard]] std::optional<Account> find(const sync::Nonce& actor) {
    return store_->find(actor);
  }
  [[nodiscard]] std::optional<Account> named(std::string_view name) { return store_->named(name); }
  /// Role, administrator and disabled as in `changed`. Ends the account's sessions. Errors:
  /// bad_value (role), not_found, forbidden (no administrator would be left who may log in).
  Result<void> change(const Account& changed);
  /// Sets another password, ends all sessions of the account and forgets its failures. Errors:
  /// bad_value, not_found.
  Result<void> set_password(const sync::Nonce& actor, const std::string& password,
                            sync::Micros now);

  /// Errors: unauthorised (name or password is wrong, or the account is disabled: it isn't said
  /// which, and takes the same time); slow_down (too many failures of this name or from this
  /// address, or too many who log in just now; `retry` says when to come again).
  Result<Entry> log_in(const std::string& name, const std::string& password,
                       const std::string& address, sync::Micros now, std::int64_t& retry_s);
  /// The holder's own password: the old one is asked for, and failures count as at the login. All
  /// sessions end, and a new one begins.
  Result<Entry> change_password(const Account& account, const std::string& old_password,
                                const std::string& new_password, const std::string& address,
                                sync::Micros now, std::int64_t& retry_s);
  /// Whose session it is; nothing: it ended, or never was.
  [[nodiscard]] std::optional<Account> who(std::string_view token, sync::Micros now);
  void log_out(std::string_view token);

  /// What the session's own pages know, and no page elsewhere.
  [[nodiscard]] static std::string csrf_of(std::string_view token);

  /// Logins that wait for their turn, for tests.
  [[nodiscard]] int hashing_at_most() const { return most_at_once_; }

 private:
  explicit Accounts(std::unique_ptr<store::Accounts> store) : store_(std::move(store)) {}
  Result<void> check(const std::string& name, const std::string& password,
                     const std::string& address, sync::Micros now, std::int64_t& retry_s);
  Result<void> count_attempt(const crypto::Hash& name, const crypto::Hash& address,
                             sync::Micros now, std::int64_t& retry_s);
  Entry begin(const Account& account, const std::string& address, sync::Micros now);

  std::unique_ptr<store::Accounts> store_;

  /// Each hashing takes 64 MiB: two at once, and a few who wait.
  class Turn;
  std::mutex turn_guard_;
  std::condition_variable turn_free_;
  int hashing_ = 0, waiting_ = 0;  ///< Guarded by turn_guard_.
  std::atomic<int> most_at_once_ = 0;
};

/// Without the password's hash.
[[nodiscard]] model::Json account_json(const Account& account);
/// Adds `account`, the name, to what has an `actor` of this node (a step of a record's history, an
/// invite).
void name_actor(Accounts& accounts, model::Json& step);

}  // namespace linli::node
