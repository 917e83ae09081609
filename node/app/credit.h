// node/app/credit.h: what `linli credit` is asked for.
#pragma once

#include "node/app/commands.h"

namespace linli::app {

struct CreditOptions : Common {
  std::string uscc;  ///< Empty: all companies.
  std::string at;    ///< A day; empty: today.
};
[[nodiscard]] int credit(const CreditOptions& options);

}  // namespace linli::app
