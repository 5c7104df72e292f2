#include "guildscope/instrumentation/database/error_type.hpp"

#include <gtest/gtest.h>

namespace guildscope::database {
namespace {

TEST(ErrorType, TranslatesSqlitesCodes) {
  EXPECT_EQ(FromSqlite(1, "near \"SELEKT\": syntax error"), ErrorType::kSyntax);
  EXPECT_EQ(FromSqlite(1, "incomplete input"), ErrorType::kSyntax);
  EXPECT_EQ(FromSqlite(1, "no such table: songs"), ErrorType::kNotFound);
  EXPECT_EQ(FromSqlite(1, "table songs has no column named x"), ErrorType::kNotFound);
  EXPECT_EQ(FromSqlite(1, "something else"), ErrorType::kOther);
  EXPECT_EQ(FromSqlite(5, ""), ErrorType::kBusy);
  EXPECT_EQ(FromSqlite(6 | (1 << 8), ""), ErrorType::kBusy);         // SQLITE_LOCKED_SHAREDCACHE
  EXPECT_EQ(FromSqlite(19 | (5 << 8), ""), ErrorType::kConstraint);  // SQLITE_CONSTRAINT_NOTNULL
  EXPECT_EQ(FromSqlite(8 | (3 << 8), ""), ErrorType::kPermission);   // SQLITE_READONLY_ROLLBACK
  EXPECT_EQ(FromSqlite(23, ""), ErrorType::kPermission);
  EXPECT_EQ(FromSqlite(9, ""), ErrorType::kTimeout);
  EXPECT_EQ(FromSqlite(14, ""), ErrorType::kConnection);
  EXPECT_EQ(FromSqlite(11, ""), ErrorType::kOther);  // SQLITE_CORRUPT
}

TEST(ErrorType, TranslatesSqlstates) {
  EXPECT_EQ(FromSqlstate("23505"), ErrorType::kConstraint);
  EXPECT_EQ(FromSqlstate("57014"), ErrorType::kTimeout);
  EXPECT_EQ(FromSqlstate("40P01"), ErrorType::kBusy);
  EXPECT_EQ(FromSqlstate("40001"), ErrorType::kBusy);
  EXPECT_EQ(FromSqlstate("55P03"), ErrorType::kBusy);
  EXPECT_EQ(FromSqlstate("42601"), ErrorType::kSyntax);
  EXPECT_EQ(FromSqlstate("42P01"), ErrorType::kNotFound);
  EXPECT_EQ(FromSqlstate("3D000"), ErrorType::kNotFound);
  EXPECT_EQ(FromSqlstate("42501"), ErrorType::kPermission);
  EXPECT_EQ(FromSqlstate("28P01"), ErrorType::kPermission);
  EXPECT_EQ(FromSqlstate("08006"), ErrorType::kConnection);
  EXPECT_EQ(FromSqlstate("57P01"), ErrorType::kConnection);
  EXPECT_EQ(FromSqlstate("53300"), ErrorType::kConnection);
  EXPECT_EQ(FromSqlstate(""), ErrorType::kConnection);
  EXPECT_EQ(FromSqlstate("22012"), ErrorType::kOther);  // division by zero
  EXPECT_EQ(FromSqlstate("x"), ErrorType::kOther);
}

TEST(ErrorType, UnderstandsWhyAConnectionFailed) {
  EXPECT_EQ(FromConnectMessage("FATAL:  password authentication failed for user \"bot\""), ErrorType::kPermission);
  EXPECT_EQ(FromConnectMessage("FATAL:  no pg_hba.conf entry for host \"10.0.0.1\""), ErrorType::kPermission);
  EXPECT_EQ(FromConnectMessage("FATAL:  database \"absent\" does not exist"), ErrorType::kNotFound);
  EXPECT_EQ(FromConnectMessage("timeout expired"), ErrorType::kTimeout);
  EXPECT_EQ(FromConnectMessage("connection to server failed: Connection refused"), ErrorType::kConnection);
  EXPECT_EQ(FromConnectMessage(""), ErrorType::kConnection);
}

}  // namespace
}  // namespace guildscope::database
