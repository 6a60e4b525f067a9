#!/usr/bin/env bash
# Makes the certificates that the tests use: valid from 2020 to 2120, for 127.0.0.1 and for a device `pc1`. The keys of the CAs are thrown
# away, so all are made at once: `cd tests/http/certs && ./make.sh`.
set -e
T=$(mktemp -d)
key(){ openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt > "$1"; }
conf(){ cat > $T/c.cnf <<C
[ca]
default_ca=d
[d]
database=$T/index.txt
new_certs_dir=$T
serial=$T/serial
default_md=sha256
policy=p
[p]
commonName=supplied
C
: > $T/index.txt; echo 1000 > $T/serial; }
S="-startdate 20200101000000Z -enddate 21200101000000Z -batch -notext"
ca(){ conf; key $T/$1.key; openssl req -new -key $T/$1.key -subj "/CN=$2" -out $T/r.csr; printf "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n" > $T/e; openssl ca $S -config $T/c.cnf -selfsign -keyfile $T/$1.key -in $T/r.csr -extfile $T/e -out $T/$1.pem; }
leaf(){ conf; key $2.key; openssl req -new -key $2.key -subj "/CN=$3" -out $T/r.csr; printf "basicConstraints=CA:FALSE\nsubjectAltName=$4\nextendedKeyUsage=$5\n" > $T/e; openssl ca $S -config $T/c.cnf -cert $T/$1.pem -keyfile $T/$1.key -in $T/r.csr -extfile $T/e -out $2.pem; }
ca ca "imesim test CA"; ca other "another CA"
leaf ca server localhost DNS:localhost,IP:127.0.0.1 serverAuth
leaf ca pc1 pc1 DNS:pc1 clientAuth
leaf other stranger pc1 DNS:pc1 clientAuth
cp $T/ca.pem ca.pem; cp $T/other.pem other-ca.pem; rm -r $T
