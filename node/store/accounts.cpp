#include "node/store/accounts.h"

#include <sys/stat.h>

#include "sql_files.h"

namespace linli::store {
namespace {

constexpr std::int64_t kFormat = 2;
constexpr std::int64_t kGuessesMax = 20'000;  ///< Rows: made-up names must not fill the disk.
constexpr std::int64_t kSessionsMax = 20;     ///< Of one account.

constexpr std::string_view kColumns =
    "actor, name, role, admin, disabled, created, changed, company";

Account account_in(const Statement& s) {
  return {sync::Nonce::of(s.blob(0)),
          std::string(s.text(1)),
          std::string(s.text(2)),
          s.integer(3) != 0,
          s.integer(4) != 0,
          s.integer(5),
          s.integer(6),
          std::string(s.text(7))};
}

std::string select(std::string_view rest) {
  return "SELECT " + std::string(kColumns) + " FROM account " + std::string(rest);
}

std::optional<Account> one(Statement& s) {
  if (!s.step()) return std::nullopt;
  auto account = account_in(s);
  s.reset();
  return account;
}

}  // namespace

Result<std::unique_ptr<Database>> open_accounts(const std::filesystem::path& file) {
  auto opened = Database::open(file, Access::write);
  if (!opened) return fail(opened.error());
  ::chmod(file.c_str(), 0600);
  auto& db = **opened;
  try {
    db.execute("PRAGMA wal_autocheckpoint=1000");  // Small writes, now and then: no log of 80 MB.
    Transaction transaction(db);
    auto& format = db.cached("PRAGMA user_version");
    format.step();
    const auto known = format.integer(0);
    format.reset();
    if (known > kFormat) {
      return fail(Errc::newer_version, file.string() + " was written by a newer version of linli");
    }
    if (known == 0) {
      for (const auto& sql : embedded::sql_files()) {
        if (sql.name == "accounts.sql") db.execute(sql.bytes);
      }
    }
    if (known == 1) db.execute("ALTER TABLE account ADD COLUMN company TEXT NOT NULL DEFAULT ''");
    if (known != kFormat) db.execute("PRAGMA user_version=" + std::to_string(kFormat));
    transaction.commit();
  } catch (const DatabaseError& e) {
    return fail(e.error());
  }
  return std::move(*opened);
}

Result<std::unique_ptr<Accounts>> Accounts::open(const std::filesystem::path& file) {
  auto db = open_accounts(file);
  if (!db) return fail(db.error());
  return std::unique_ptr<Accounts>(new Accounts(std::move(*db)));
}

bool Accounts::any() {
  const std::scoped_lock lock(guard_);
  auto& s = db_->cached("SELECT 1 FROM account LIMIT 1");
  const bool found = s.step();
  s.reset();
  return found;
}

Result<void> Accounts::add(const Account& account, const std::string& password,
                           const std::string& nothing, bool only_first) {
  return together([&]() -> Result<void> {
    if (only_first && any()) {
      return fail(Errc::forbidden,
                  "已有账号，请登录 there are accounts already: log in, or ask an administrator");
    }
    if (named(account.name)) {
      return fail(Errc::duplicate_key, "已有此名称的账号 an account has this name", "name");
    }
    auto& s = db_->cached(
        "INSERT INTO account(actor, name, role, admin, disabled, password, created, changed, "
        "company) VALUES(?1, ?2, ?3, ?4, 0, ?5, ?6, ?6, ?7)");
    s.bind_blob(1, account.actor.view()).bind_text(2, account.name).bind_text(3, account.role);
    s.bind(4, account.admin ? 1 : 0).bind_text(5, password).bind(6, account.created);
    s.bind_text(7, account.company);
    s.run();
    auto& meta = db_->cached("INSERT OR IGNORE INTO meta(key, value) VALUES('nothing', ?1)");
    meta.bind_text(1, nothing);
    meta.run();
    return {};
  });
}

std::vector<Account> Accounts::list() {
  const std::scoped_lock lock(guard_);
  std::vector<Account> accounts;
  auto s = db_->prepare(select("ORDER BY created, name"));
  while (s.step()) accounts.push_back(account_in(s));
  return accounts;
}

std::optional<Account> Accounts::find(const sync::Nonce& actor) {
  const std::scoped_lock lock(guard_);
  auto& s = db_->cached(select("WHERE actor = ?1"));
  s.bind_blob(1, actor.view());
  return one(s);
}

std::optional<Account> Accounts::named(std::string_view name) {
  const std::scoped_lock lock(guard_);
  auto& s = db_->cached(select("WHERE name = ?1"));
  s.bind_text(1, name);
  return one(s);
}

std::string Accounts::password_of(std::string_view name) {
  const std::scoped_lock lock(guard_);
  auto& s = db_->cached(
      "SELECT coalesce((SELECT password FROM account WHERE name = ?1), "
      "(SELECT value FROM meta WHERE key = 'nothing'), '')");
  s.bind_text(1, name);
  s.step();
  std::string hash(s.text(0));
  s.reset();
  return hash;
}

void Accounts::set_password(const sync::Nonce& actor, const std::string& password,
                            sync::Micros now) {
  together([&] {
    auto& s = db_->cached("UPDATE account SET password = ?2, changed = ?3 WHERE actor = ?1");
    s.bind_blob(1, actor.view()).bind_text(2, password).bind(3, now);
    s.run();
    end_sessions(actor);
    return true;
  });
}

void Accounts::set_disabled(const sync::Nonce& actor, bool disabled) {
  const std::scoped_lock lock(guard_);
  auto& s = db_->cached("UPDATE account SET disabled = ?2 WHERE actor = ?1");
  s.bind_blob(1, actor.view()).bind(2, disabled ? 1 : 0);
  s.run();
  end_sessions(actor);
}

std::int64_t Accounts::administrators() {
  auto& s = db_->cached("SELECT count(*) FROM account WHERE admin AND NOT disabled");
  s.step();
  const auto count = s.integer(0);
  s.reset();
  return count;
}

Result<void> Accounts::change(const Account& changed) {
  const std::scoped_lock lock(guard_);
  Transaction transaction(*db_);
  const auto before = administrators();
  auto& s = db_->cached("UPDATE account SET role = ?2, admin = ?3, company = ?4 WHERE actor = ?1");
  s.bind_blob(1, changed.actor.view()).bind_text(2, changed.role).bind(3, changed.admin ? 1 : 0);
  s.bind_text(4, changed.company);
  s.run();
  set_disabled(changed.actor, changed.disabled);
  if (before > 0 && administrators() == 0) {
    return fail(
        Errc::forbidden,
        "至少要保留一名可登录的管理员：请先指定另一名；要立即把此人挡在外面，重设其密码即可 "
        "one administrator who may log in must be left: make another one first; to shut this "
        "one out at once, set another password");
  }
  transaction.commit();
  return {};
}

// ---- Sessions -----------------------------------------------------------------------------------

void Accounts::begin_session(const crypto::Hash& token, const sync::Nonce& actor, sync::Micros now,
                             const std::string& address) {
  together([&] {
    auto& s = db_->cached(
        "INSERT INTO session(token, actor, begun, used, address) VALUES(?1, ?2, ?3, ?3, ?4)");
    s.bind_blob(1, token.view()).bind_blob(2, actor.view()).bind(3, now).bind_text(4, address);
    s.run();
    auto& old = db_->cached(
        "DELETE FROM session WHERE token IN (SELECT token FROM session WHERE actor = ?1 "
        "ORDER BY used DESC LIMIT -1 OFFSET ?2)");
    old.bind_blob(1, actor.view()).bind(2, kSessionsMax);
    old.run();
    return true;
  });
}

std::optional<Session> Accounts::session(const crypto::Hash& token) {
  const std::scoped_lock lock(guard_);
  auto& s = db_->cached("SELECT " + std::string(kColumns) +
                        ", begun, used FROM session JOIN account USING(actor) "
                        "WHERE token = ?1 AND NOT disabled");
  s.bind_blob(1, token.view());
  if (!s.step()) return std::nullopt;
  Session session{account_in(s), s.integer(8), s.integer(9)};
  s.reset();
  return session;
}

void Accounts::touch(const crypto::Hash& token, sync::Micros now) {
  const std::scoped_lock lock(guard_);
  auto& s = db_->cached("UPDATE session SET used = ?2 WHERE token = ?1");
  s.bind_blob(1, token.view()).bind(2, now);
  s.run();
}

void Accounts::end_session(const crypto::Hash& token) {
  const std::scoped_lock lock(guard_);
  auto& s = db_->cached("DELETE FROM session WHERE token = ?1");
  s.bind_blob(1, token.view());
  s.run();
}

void Accounts::end_sessions(const sync::Nonce& actor) {
  const std::scoped_lock lock(guard_);
  auto& s = db_->cached("DELETE FROM session WHERE actor = ?1");
  s.bind_blob(1, actor.view());
  s.run();
}

void Accounts::sweep_sessions(sync::Micros begun_before, sync::Micros used_before) {
  const std::scoped_lock lock(guard_);
  auto& s = db_->cached("DELETE FROM session WHERE begun < ?1 OR used < ?2");
  s.bind(1, begun_before).bind(2, used_before);
  s.run();
}

// ---- Failed logins ------------------------------------------------------------------------------

Guesses Accounts::guesses(const crypto::Hash& who) {
  const std::scoped_lock lock(guard_);
  auto& s = db_->cached("SELECT failures, last, until FROM guess WHERE who = ?1");
  s.bind_blob(1, who.view());
  if (!s.step()) return {};
  const Guesses found{s.integer(0), s.integer(1), s.integer(2)};
  s.reset();
  return found;
}

void Accounts::set_guesses(const crypto::Hash& who, const Guesses& guesses) {
  const std::scoped_lock lock(guard_);
  auto& s = db_->cached(
      "INSERT OR REPLACE INTO guess(who, failures, last, until) VALUES(?1, ?2, ?3, ?4)");
  s.bind_blob(1, who.view()).bind(2, guesses.failures).bind(3, guesses.last).bind(4, guesses.until);
  s.run();
}

void Accounts::forget_guesses(const crypto::Hash& who) {
  const std::scoped_lock lock(guard_);
  auto& s = db_->cached("DELETE FROM guess WHERE who = ?1");
  s.bind_blob(1, who.view());
  s.run();
}

void Accounts::sweep_guesses(sync::Micros last_before) {
  const std::scoped_lock lock(guard_);
  auto& s = db_->cached("DELETE FROM guess WHERE last < ?1");
  s.bind(1, last_before);
  s.run();
  auto& many = db_->cached(
      "DELETE FROM guess WHERE who IN (SELECT who FROM guess ORDER BY last DESC LIMIT -1 OFFSET "
      "?1)");
  many.bind(1, kGuessesMax);
  many.run();
}

}  // namespace linli::store
