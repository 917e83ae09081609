#include "node/accounts.h"

#include <algorithm>

#include "crypto/cbor.h"
#include "crypto/passwords.h"
#include "node/names.h"

namespace linli::node {
namespace {

constexpr int kHashingMax = 2, kWaitingMax = 16;
constexpr std::size_t kNameBytesMax = 60;
/// A use is noted once a minute: reading must not write each time.
constexpr auto kUseNoted = minutes(1);

crypto::Hash token_hash(std::string_view token) { return crypto::hash({"linli/session/1", token}); }
crypto::Hash of_name(std::string_view name) { return crypto::hash({"linli/guess/name/1", name}); }
crypto::Hash of_address(std::string_view address) {
  return crypto::hash({"linli/guess/address/1", address});
}

Error wrong() {
  return {Errc::unauthorised,
          "名称或密码不对，或账号已停用 name or password is wrong, or the account is disabled",
          {}};
}

/// How long nothing is tried after so many failures: half a minute, then twice as long each time.
sync::Micros lock_after(std::int64_t failures, std::int64_t free) {
  const auto beyond = failures - free - 1;
  if (beyond < 0) return 0;
  if (beyond > 10) return kLockLongest;
  return std::min(kLockLongest, kLockFirst << beyond);
}

Result<void> check_account_name(const std::string& name) {
  if (auto good = check_name(name, kNameBytesMax); !good) return good;
  if (name.front() != ' ' && name.back() != ' ') return {};
  return fail(Errc::bad_value,
              "名称须为 1 至 60 字节，首尾无空格 a name has 1 to 60 bytes and no space around it",
              "name");
}

Result<void> check_role(const std::string& role) {
  if (account_role(role)) return {};
  std::string names;
  for (const auto& known : account_roles()) {
    names += (names.empty() ? "" : ", ") + std::string(known.name);
  }
  return fail(Errc::bad_value, "角色须为其中之一 a role is one of: " + names, "role");
}

/// A unified social credit code has 18 digits and capitals.
Result<void> check_company(const std::string& role, const std::string& company) {
  if (company.empty()) return {};
  if (role != "company") {
    return fail(Errc::bad_value, "只有企业账号属于企业 only an account of role company has one",
                "company");
  }
  const bool good = company.size() == 18 && std::all_of(company.begin(), company.end(), [](char c) {
                      return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
                    });
  if (good) return {};
  return fail(Errc::bad_value,
              "企业须为 18 位统一社会信用代码 a company is named by its 18-character code",
              "company");
}

}  // namespace

/// A place among those that hash at once.
class Accounts::Turn {
 public:
  explicit Turn(Accounts& accounts) : accounts_(accounts) {
    std::unique_lock lock(accounts_.turn_guard_);
    if (accounts_.hashing_ >= kHashingMax && accounts_.waiting_ >= kWaitingMax) return;
    ++accounts_.waiting_;
    accounts_.turn_free_.wait(lock, [this] { return accounts_.hashing_ < kHashingMax; });
    --accounts_.waiting_;
    ++accounts_.hashing_;
    accounts_.most_at_once_ = std::max(accounts_.most_at_once_.load(), accounts_.hashing_);
    have_ = true;
  }
  ~Turn() {
    if (!have_) return;
    const std::scoped_lock lock(accounts_.turn_guard_);
    --accounts_.hashing_;
    accounts_.turn_free_.notify_one();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  explicit operator bool() const { return have_; }

 private:
  Accounts& accounts_;
  bool have_ = false;
};

Result<std::unique_ptr<Accounts>> Accounts::open(const DataDir& dir) {
  auto store = store::Accounts::open(dir.root() / "accounts.db");
  if (!store) return fail(store.error());
  return std::unique_ptr<Accounts>(new Accounts(std::move(*store)));
}

Result<Account> Accounts::add(const NewAccount& wanted, sync::Micros now, bool first) {
  if (auto good = check_account_name(wanted.name); !good) return fail(good.error());
  if (auto good = check_role(wanted.role); !good) return fail(good.error());
  if (auto good = check_company(wanted.role, wanted.company); !good) return fail(good.error());
  if (auto good = crypto::check_password(wanted.password, wanted.name); !good) {
    return fail(good.error());
  }
  // Before anything costs: the answer is the same after the hashing.
  if (first && any()) return fail(Errc::forbidden, "已有账号，请登录 there are accounts: log in");
  const bool none = !any();
  const Turn turn(*this);
  if (!turn) return fail(Errc::slow_down, "请稍后再试 try again in a while");
  const auto hash = crypto::hash_password(wanted.password);
  if (!hash) return fail(hash.error());
  const auto nothing = none ? crypto::hash_of_nothing() : Result<std::string>(std::string());
  if (!nothing) return fail(nothing.error());
  Account account{crypto::random<sync::Nonce>(),
                  wanted.name,
                  wanted.role,
                  wanted.admin,
                  false,
                  now,
                  now,
                  wanted.company};
  account.admin = wanted.admin || none;
  if (auto added = store_->add(account, *hash, *nothing, first); !added) {
    return fail(added.error());
  }
  return account;
}

Result<void> Accounts::change(const Account& changed) {
  if (auto good = check_role(changed.role); !good) return good;
  if (auto good = check_company(changed.role, changed.company); !good) return good;
  if (!store_->find(changed.actor)) return fail(Errc::not_found, "没有这个账号 no such account");
  return store_->change(changed);
}

Result<void> Accounts::set_password(const sync::Nonce& actor, const std::string& password,
                                    sync::Micros now) {
  const auto account = store_->find(actor);
  if (!account) return fail(Errc::not_found, "没有这个账号 no such account");
  if (auto good = crypto::check_password(password, account->name); !good) return good;
  const Turn turn(*this);
  if (!turn) return fail(Errc::slow_down, "请稍后再试 try again in a while");
  const auto hash = crypto::hash_password(password);
  if (!hash) return fail(hash.error());
  store_->together([&] {
    store_->set_password(actor, *hash, now);
    store_->forget_guesses(of_name(account->name));
    return true;
  });
  return {};
}

/// Counts it as a failure before it is tried, so that many at once can't outrun the count; a
/// success takes it back.
Result<void> Accounts::count_attempt(const crypto::Hash& name, const crypto::Hash& address,
                                     sync::Micros now, std::int64_t& retry_s) {
  return store_->together([&]() -> Result<void> {
    sync::Micros until = 0;
    store::Guesses counted[2];
    const crypto::Hash* who[2] = {&name, &address};
    for (int i = 0; i < 2; ++i) {
      counted[i] = store_->guesses(*who[i]);
      if (now - counted[i].last > kGuessesKept) counted[i] = {};
      // A clock that was set back must not shut anybody out for longer than the longest time.
      until = std::max(until, std::min(counted[i].until, now + kLockLongest));
    }
    if (until > now) {
      retry_s = (until - now) / 1'000'000 + 1;
      return fail(Errc::slow_down, "登录失败次数过多，请 " + std::to_string(retry_s) +
                                       " 秒后再试 too many failed logins: try again in " +
                                       std::to_string(retry_s) + " s");
    }
    for (int i = 0; i < 2; ++i) {
      ++counted[i].failures;
      counted[i].last = now;
      counted[i].until =
          now + lock_after(counted[i].failures, i == 0 ? kFreeFailures : kFreeFailuresOfAddress);
      store_->set_guesses(*who[i], counted[i]);
    }
    store_->sweep_guesses(now - kGuessesKept);
    return {};
  });
}

Result<void> Accounts::check(const std::string& name, const std::string& password,
                             const std::string& address, sync::Micros now, std::int64_t& retry_s) {
  const auto who = of_name(name), where = of_address(address);
  const Turn turn(*this);
  if (!turn) {
    retry_s = 2;
    return fail(Errc::slow_down, "现在登录的人太多，请稍后再试 too many log in just now");
  }
  if (auto counted = count_attempt(who, where, now, retry_s); !counted) return counted;
  if (password.size() > crypto::kPasswordBytesMax) return fail(wrong());
  const auto fits = crypto::password_fits(store_->password_of(name), password);
  if (!fits) return fail(fits.error());
  const auto account = store_->named(name);
  if (!*fits || !account || account->disabled) return fail(wrong());
  store_->together([&] {
    store_->forget_guesses(who);
    auto others = store_->guesses(where);
    others.failures = std::max<std::int64_t>(0, others.failures - 1);
    others.until = std::min(others.until, now);
    store_->set_guesses(where, others);
    return true;
  });
  return {};
}

Entry Accounts::begin(const Account& account, const std::string& address, sync::Micros now) {
  Entry entry;
  entry.token = crypto::to_base64url(crypto::random<crypto::Hash>().view());
  entry.csrf = csrf_of(entry.token);
  entry.account = account;
  store_->together([&] {
    store_->begin_session(token_hash(entry.token), account.actor, now, address);
    store_->sweep_sessions(now - kSessionLife, now - kSessionIdle);
    return true;
  });
  return entry;
}

Result<Entry> Accounts::log_in(const std::string& name, const std::string& password,
                               const std::string& address, sync::Micros now,
                               std::int64_t& retry_s) {
  if (auto good = check(name, password, address, now, retry_s); !good) return fail(good.error());
  const auto account = store_->named(name);
  if (!account || account->disabled) return fail(wrong());
  return begin(*account, address, now);
}

Result<Entry> Accounts::change_password(const Account& account, const std::string& old_password,
                                        const std::string& new_password, const std::string& address,
                                        sync::Micros now, std::int64_t& retry_s) {
  // What is wrong with the new one is said first: it must not cost an attempt.
  if (auto good = crypto::check_password(new_password, account.name); !good) {
    return fail(good.error());
  }
  if (auto good = check(account.name, old_password, address, now, retry_s); !good) {
    return fail(good.error());
  }
  if (new_password == old_password) {
    return fail(Errc::bad_value, "新密码与旧密码相同 the new password is the old one", "new");
  }
  if (auto set = set_password(account.actor, new_password, now); !set) return fail(set.error());
  return begin(account, address, now);
}

std::optional<Account> Accounts::who(std::string_view token, sync::Micros now) {
  const auto hash = token_hash(token);
  const auto session = store_->session(hash);
  if (!session) return std::nullopt;
  // A clock that was set back ends a session rather than make it longer.
  const auto age = now - session->begun, idle = now - session->used;
  if (age < -minutes(1) || age > kSessionLife || idle > kSessionIdle) {
    store_->end_session(hash);
    return std::nullopt;
  }
  if (idle > kUseNoted) store_->touch(hash, now);
  return session->account;
}

void Accounts::log_out(std::string_view token) { store_->end_session(token_hash(token)); }

std::string Accounts::csrf_of(std::string_view token) {
  return crypto::to_base64url(crypto::hash({"linli/csrf/1", token}).view().substr(0, 18));
}

model::Json account_json(const Account& account) {
  return {
      {"actor", crypto::to_hex(account.actor.view())},
      {"name", account.name},
      {"role", account.role},
      {"admin", account.admin},
      {"disabled", account.disabled},
      {"company", account.company.empty() ? model::Json(nullptr) : model::Json(account.company)},
      {"created", model::instant_text(account.created / 1000)},
      {"password_changed", model::instant_text(account.changed / 1000)}};
}

void name_actor(Accounts& accounts, model::Json& step) {
  const auto named = step.find("actor");
  if (named == step.end() || !named->is_string()) return;
  const auto actor = crypto::from_hex(named->get<std::string>());
  if (!actor || actor->size() != sync::Nonce::size()) return;
  if (const auto account = accounts.find(sync::Nonce::of(*actor))) step["account"] = account->name;
}

}  // namespace linli::node
