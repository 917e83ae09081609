#include "node/tables/rows.h"

#include <algorithm>

namespace linli::tables {

bool Row::empty() const {
  return faults.empty() && std::all_of(cells.begin(), cells.end(), [](const Cell& cell) {
           return cell.kind == Cell::Kind::empty;
         });
}

std::string column_letters(std::size_t column) {
  std::string letters;
  for (auto n = column + 1; n > 0; n = (n - 1) / 26) {
    letters.insert(letters.begin(), static_cast<char>('A' + (n - 1) % 26));
  }
  return letters;
}

std::optional<std::size_t> column_of_letters(std::string_view letters) {
  std::size_t n = 0;
  if (letters.empty() || letters.size() > 3) return {};
  for (const char c : letters) {
    if (c < 'A' || c > 'Z') return {};
    n = n * 26 + static_cast<std::size_t>(c - 'A') + 1;
  }
  if (n > kColumnsMax) return {};
  return n - 1;
}

}  // namespace linli::tables
