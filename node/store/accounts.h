// node/store/accounts.h: accounts, sessions and failed logins, in a file of their own.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "node/store/database.h"
#include "sync/clock.h"
#include "sync/names.h"

namespace linli::store {

struct Account {
  sync::Nonce actor{};  ///< Pseudonym, for ever: what change sets carry.
  std::string name, role;
  bool admin = false, disabled = false;
  sync::Micros created = 0, changed = 0;  ///< The password.
  std::string company = {};               ///< Of role company: its code (uscc); empty: none.
};
struct Session {
  Account account;
  sync::Micros begun = 0, used = 0;
};
/// Failed logins of one name or address.
struct Guesses {
  std::int64_t failures = 0;
  sync::Micros last = 0, until = 0;
};

/// accounts.db: made when it is missing. Several processes may have it open; each answer is what
/// the file says then, so that an account disabled on the command line is out at its next request.
/// Thread-safe. Throws DatabaseError.
class Accounts {
 public:
  /// Errors: io, disk_full, corrupt, newer_version.
  [[nodiscard]] static Result<std::unique_ptr<Accounts>> open(const std::filesystem::path& file);

  [[nodiscard]] bool any();
  /// `nothing`: a password hash that fits nothing, kept for names that nobody has. Errors:
  /// duplicate_key (the name); forbidden (`only_first`, and there is one).
  Result<void> add(const Account& account, const std::string& password, const std::string& nothing,
                   bool only_first);
  [[nodiscard]] std::vector<Account> list();
  [[nodiscard]] std::optional<Account> find(const sync::Nonce& actor);
  [[nodiscard]] std::optional<Account> named(std::string_view name);
  /// The account's password hash; without such a name, the one that fits nothing.
  [[nodiscard]] std::string password_of(std::string_view name);
  /// Both end all sessions of the account.
  void set_password(const sync::Nonce& actor, const std::string& password, sync::Micros now);
  void set_disabled(const sync::Nonce& actor, bool disabled);
  /// Errors: forbidden: no administrator would be left who may log in, and there was one.
  Result<void> change(const Account& changed);

  void begin_session(const crypto::Hash& token, const sync::Nonce& actor, sync::Micros now,
                     const std::string& address);
  /// Of an account that isn't disabled.
  [[nodiscard]] std::optional<Session> session(const crypto::Hash& token);
  void touch(const crypto::Hash& token, sync::Micros now);
  void end_session(const crypto::Hash& token);
  void end_sessions(const sync::Nonce& actor);
  void sweep_sessions(sync::Micros begun_before, sync::Micros used_before);

  [[nodiscard]] Guesses guesses(const crypto::Hash& who);
  void set_guesses(const crypto::Hash& who, const Guesses& guesses);
  void forget_guesses(const crypto::Hash& who);
  void sweep_guesses(sync::Micros last_before);

  /// Runs `work` in one transaction; what it calls of the above is part of it.
  template <class Work>
  auto together(Work work) {
    const std::scoped_lock lock(guard_);
    if (within_) return work();
    struct Within {
      bool& flag;
      explicit Within(bool& f) : flag(f) { flag = true; }
      ~Within() { flag = false; }
    };
    Transaction transaction(*db_);
    const Within within(within_);
    auto result = work();
    transaction.commit();
    return result;
  }

 private:
  explicit Accounts(std::unique_ptr<Database> db) : db_(std::move(db)) {}
  [[nodiscard]] std::int64_t administrators();  ///< Who may log in. guard_ is held.
  std::recursive_mutex guard_;
  bool within_ = false;  ///< A transaction is open. Guarded, as is db_.
  std::unique_ptr<Database> db_;
};

/// Opens the file, makes its tables if they are missing. For accounts and audit log alike.
[[nodiscard]] Result<std::unique_ptr<Database>> open_accounts(const std::filesystem::path& file);

}  // namespace linli::store
