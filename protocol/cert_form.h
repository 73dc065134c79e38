/* cert_form.h - what policies, certificates and origins share.   Spec: protocol/spec/certificate.md */
#ifndef QIAN_PROTOCOL_CERT_FORM_H
#define QIAN_PROTOCOL_CERT_FORM_H

#include "qian/base.h"

bool cert_is_deployment(struct qn_span s); /* [a-z0-9.-]{1,64} */

#endif
