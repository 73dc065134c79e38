#include "node/cli/cli.h"
#include "node/http/server.h"
#include "node/web/web.h"

int main(int argc, char **argv)
{
    return cli_main(argc, argv, &http_network, &web_maker);
}
