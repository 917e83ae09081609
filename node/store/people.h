// node/store/people.h: who stands behind an author or a certificate, for those who read.
#pragma once

#include <map>
#include <string>

#include "node/store/database.h"
#include "sync/names.h"

namespace linli::store {

struct Person {
  std::string name, role;  ///< As the certificate has them.
};

/// The certificates known here, as one snapshot has them.
class People {
 public:
  explicit People(Database& db);
  /// By the certificate that was written under; empty if it isn't here.
  [[nodiscard]] const Person& under(const crypto::Hash& certificate) const;
  [[nodiscard]] const std::string& name_of(const crypto::AuthorId& author) const;

 private:
  void take(std::string_view signed_certificate);
  std::map<crypto::Hash, Person> by_certificate_;
  std::map<crypto::AuthorId, std::string> by_author_;  ///< The newest name.
};

}  // namespace linli::store
