// tests/simulation/city_map.h: who is who in the simulated city: a hub, districts and streets that
// relay, offices below them, devices below those.
#pragma once

#include "crypto/certificate.h"

namespace linli::simulation {

struct Place {
  crypto::Role role;
  int upstream;  ///< By number; -1: none.
  const char* scope;
  bool late = false;  ///< Enrols during the week.
};

inline constexpr Place kCityMap[] = {
    {crypto::Role::hub, -1, "410700"},
    {crypto::Role::district, 0, "410700/410702"},
    {crypto::Role::district, 0, "410700/410703"},
    {crypto::Role::street, 1, "410700/410702/410702003"},
    {crypto::Role::street, 2, "410700/410703/410703001"},
    {crypto::Role::office, 3, "410700/410702/410702003/410702003901"},
    {crypto::Role::office, 4, "410700/410703/410703001/410703001901"},
    {crypto::Role::device, 5, "410700/410702/410702003/410702003901"},
    {crypto::Role::device, 5, "410700/410702/410702003/410702003901"},
    {crypto::Role::office, 3, "410700/410702/410702003/410702003902"},
    {crypto::Role::street, 1, "410700/410702/410702004"},
    {crypto::Role::office, 10, "410700/410702/410702004/410702004901"},
    {crypto::Role::device, 9, "410700/410702/410702003/410702003902"},
    {crypto::Role::device, 5, "410700/410702/410702003/410702003901", true},
    {crypto::Role::device, 6, "410700/410703/410703001/410703001901"},
    {crypto::Role::device, 11, "410700/410702/410702004/410702004901"},
    {crypto::Role::office, 4, "410700/410703/410703001/410703001902"},
    {crypto::Role::device, 16, "410700/410703/410703001/410703001902", true},
    // Without a relay between: it begins with the hub's snapshots.
    {crypto::Role::office, 0, "410700/410702/410702003/410702003901", true},
    {crypto::Role::office, 10, "410700/410702/410702004/410702004902", true},
};
inline constexpr int kNodesMax = static_cast<int>(std::size(kCityMap));

}  // namespace linli::simulation
