#include "hiisi/login_environment.hpp"

#include <boost/test/unit_test.hpp>

using hiisi::cli::login_basics;

BOOST_AUTO_TEST_SUITE(login_environment)

BOOST_AUTO_TEST_CASE(a_login_begins_with_what_su_would_give) {
  const auto all = login_basics("# ENV_PATH PATH=/wrong\n"
                                "ENV_SUPATH PATH=/sbin:/bin\n"
                                "ENV_PATH   PATH=/bin:/games\n",
                                "", "anna", "/home/anna", "/bin/zsh");
  BOOST_TEST((all
              == std::map<std::string, std::string, std::less<>>{
                  {"HOME", "/home/anna"},
                  {"LOGNAME", "anna"},
                  {"PATH", "/bin:/games"},
                  {"SHELL", "/bin/zsh"},
                  {"USER", "anna"}}));
  BOOST_TEST(login_basics("ENV_SUPATH PATH=/sbin", "", "root", "/root", "sh")
                 .at("PATH")
             == "/sbin");
  BOOST_TEST(login_basics("", "", "anna", "/", "sh").at("PATH")
             == "/usr/local/bin:/usr/bin:/bin");
}

BOOST_AUTO_TEST_CASE(lines_of_etc_environment_come_first) {
  const auto all
      = login_basics("ENV_PATH PATH=/bin\n",
                     "# LANG=no\n\nLANG=\"de_DE.UTF-8\"\nexport EDITOR='vi'\n"
                     "PATH=/opt/bin:/bin \nEMPTY=\n=x\nnothing\n",
                     "anna", "/", "sh");
  BOOST_TEST(all.at("LANG") == "de_DE.UTF-8");
  BOOST_TEST(all.at("EDITOR") == "vi");
  BOOST_TEST(all.at("PATH") == "/opt/bin:/bin");
  BOOST_TEST(all.at("EMPTY") == "");
  BOOST_TEST(all.size() == 8u);
}

BOOST_AUTO_TEST_SUITE_END()
