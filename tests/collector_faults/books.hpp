#pragma once

#include <gtest/gtest.h>

#include <cstdint>

#include "tests/collector_faults/account_books.hpp"

namespace guildscope {

/// Nothing is on its way any more, and everything that was recorded arrived or was counted as lost.
inline void ExpectClosedBooks(const Books& books, std::uint64_t recorded, std::uint64_t arrived) {
  EXPECT_EQ(books.recorded(), static_cast<double>(recorded));
  EXPECT_EQ(books.delivered, static_cast<double>(arrived));
  EXPECT_EQ(books.delivered + books.lost(), static_cast<double>(recorded));
  EXPECT_EQ(books.in_flight, 0);
  EXPECT_EQ(books.waiting, 0);
}

}  // namespace guildscope
